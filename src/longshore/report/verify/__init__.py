"""One verification in every form: lines, JSON, JUnit, Markdown, SARIF, a page. Pure."""
