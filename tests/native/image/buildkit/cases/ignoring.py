"""`.dockerignore`: patterns, exceptions, the Dockerfile's own, and what is left when all of a folder is left out."""

from __future__ import annotations

from tests.native.image.buildkit.case import Case, Dir, Fifo, Link

__all__ = ["CASES"]

ALL = "FROM base\nCOPY . /to\n"
FILES = {
    "a.py": "1",
    "b.txt": "2",
    "sub/b.py": "3",
    "sub/deep/c.py": "4",
    "sub/deep/d.txt": "5",
    "node_modules/m/i.js": "6",
    "docs/r.md": "7",
    "docs/n.txt": "8",
    ".git/HEAD": "9",
    "empty": Dir(),
    "README.md": "10",
}


def ignoring(name: str, text: str, **more: object) -> Case:
    return Case(f"ignore-{name}", ALL, {**FILES, ".dockerignore": text}, **more)  # type: ignore[arg-type]


CASES = (
    ignoring("names", "docs\nnode_modules\n.git\n"),
    ignoring("slashes", "/docs/\n./node_modules\nsub/deep/\n.git/\n"),
    ignoring("star", "*.md\n*/*.md\n"),
    ignoring("star-name", "*s\n"),
    ignoring("double-star", "**/*.py\n**/deep\n"),
    ignoring("double-star-inside", "sub/**/*.txt\ndocs/**\n"),
    ignoring("double-star-only", "**\n!b.txt\n"),
    ignoring("question-and-class", "?.py\n[bd]*.txt\ndocs/[^n]*\n"),
    ignoring("skeleton", "*\n!**/*.py\n"),
    ignoring("all-but-one-folder", "*\n!sub\n"),
    ignoring("all-but-one-file-below", "*\n!sub/deep/c.py\n"),
    ignoring("folder-but-one-file", "docs\n!docs/r.md\n"),
    ignoring("folder-star-but-one-file", "docs/*\n!docs/r.md\n"),
    ignoring("back-and-forth", "*.md\n!README.md\nREADME*\n!docs\ndocs/n.txt\n"),
    ignoring("order-matters", "!README.md\n*.md\n"),
    ignoring("comments-and-blanks", "# *.md\n\n   \n  docs  \n#.git\n!\n", says=("!",)),
    ignoring("comments", "# *.md\n\n   \n  docs  \n #sub\n"),
    ignoring("dot", ".\n"),
    ignoring("dot-star", ".*\n"),
    ignoring("up", "sub/../docs\n../x\n"),
    ignoring("everything", "*\n"),
    ignoring("itself", ".dockerignore\nREADME.md\n"),
    ignoring("windows-lines", "docs\r\n*.md\r\n!README.md\r\n"),
    ignoring("byte-order-mark", "\ufeffdocs\n"),
    ignoring("escaped", "\\!keep\n\\#x\n"),
    ignoring("negated-folder-star", "**/*\n!sub/**\n"),
    ignoring("negated-with-spaces", "*\n! docs\n"),
    ignoring("parent-included-child-not", "sub/*\n!sub/deep\nsub/deep/*.txt\n"),
    ignoring("invalid", "[a\n", says=("pattern",)),
    Case(
        "ignore-copy-of-an-ignored-file",
        "FROM base\nCOPY b.txt /b\n",
        {**FILES, ".dockerignore": "*.txt\n"},
        says=("b.txt",),
    ),
    Case(
        "ignore-copy-of-an-ignored-folder",
        "FROM base\nCOPY docs /d\n",
        {**FILES, ".dockerignore": "docs\n"},
        says=("docs",),
    ),
    Case("ignore-copy-of-a-folder-left-empty", "FROM base\nCOPY docs /d\n", {**FILES, ".dockerignore": "docs/*\n"}),
    Case(
        "ignore-copy-below-an-ignored-folder",
        "FROM base\nCOPY docs/r.md /r\n",
        {**FILES, ".dockerignore": "docs\n!docs/r.md\n"},
    ),
    Case(
        "ignore-copy-of-an-ignored-folder-with-exception",
        "FROM base\nCOPY docs /d\n",
        {**FILES, ".dockerignore": "docs\n!docs/r.md\n"},
    ),
    Case("ignore-star-of-ignored", "FROM base\nCOPY *.txt *.py /to/\n", {**FILES, ".dockerignore": "*.txt\n"}),
    Case("ignore-add", "FROM base\nADD . /to\n", {**FILES, ".dockerignore": "**/*.md\n.git\nnode_modules\n"}),
    Case(
        "ignore-bind-mount",
        "FROM base\nRUN --mount=target=/c cd /c && find . | sort > /list\n",
        {**FILES, ".dockerignore": "docs\n!docs/r.md\n.git\n"},
    ),
    Case("ignore-link", ALL, {"keep": "k", "l": Link("keep"), "ld": Link("d"), "d/x": "x", ".dockerignore": "l\nd\n"}),
    Case("ignore-fifo", ALL, {"keep": "k", "p": Fifo(), ".dockerignore": "p\n"}),
    Case(
        "ignore-does-not-touch-stages",
        "FROM base AS s\nRUN mkdir /o && touch -d @950000000 /o/a.md\nFROM base\nCOPY --from=s /o /o\n",
        {".dockerignore": "*\n"},
    ),
    Case(
        "ignore-of-named-context",
        "FROM base\nCOPY --from=more . /to\n",
        {".dockerignore": "f\n"},
        named={"more": {"f": "f", "g": "g", ".dockerignore": "g\n"}},
    ),
    Case("ignore-unreadable-name", ALL, {"a[b": "1", "c": "2", ".dockerignore": "a[[]b\n"}),
)
