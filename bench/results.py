"""Gather bench/results/*.md, which the measurements write, into bench/RESULTS.md.

.venv/bin/python bench/results.py"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
HEAD = """# Results

Each table is written by the script that measured it and gathered here by `bench/results.py`; nothing is typed by hand.
It names the machine, the date and the load. A figure stands beside its rival's from the same run; a ratio below 1
means that Longshore is faster or smaller. A start counts only when every service is found to be healthy in that run.
"""
FIRST = ("docker-compose",)
"""What stands at the top; the rest follows by name."""


def main() -> None:
    files = {file.stem: file for file in sorted((HERE / "results").glob("*.md"))}
    names = [name for name in FIRST if name in files] + [name for name in files if name not in FIRST]
    parts = [f"{demoted(files[name].read_text())}\n\nFrom [results/{name}.md](results/{name}.md)." for name in names]
    (HERE / "RESULTS.md").write_text("\n\n".join([HEAD.rstrip(), *parts]) + "\n")


def demoted(text: str) -> str:
    """The same text one level deeper."""
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in text.splitlines())


if __name__ == "__main__":
    main()
