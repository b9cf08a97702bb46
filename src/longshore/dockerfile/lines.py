"""A Dockerfile's text to logical lines: parser directives, comments, continuations, heredocs.

After BuildKit's grammar, https://docs.docker.com/reference/dockerfile/#format."""

from __future__ import annotations

import re

from longshore.model.errors import Place, ShoreError
from longshore.model.record import record

__all__ = ["Directives", "Heredoc", "Line", "read_directives", "read_lines"]

DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$")
KNOWN_DIRECTIVES = ("syntax", "escape", "check")
HEREDOC = re.compile(r"^(\d*)<<(-?)([^<]*)$")
WITH_HEREDOC = ("ADD", "COPY", "RUN")


@record
class Directives:
    """What the parser directives at the top say; `escape` is the continuation and escape character."""

    escape: str = "\\"
    syntax: str = ""


@record
class Heredoc:
    """`expand`: variables in it are replaced (its word was not quoted); `content` with tabs chomped for `<<-`."""

    name: str
    content: str
    expand: bool = True


@record
class Line:
    """One instruction with its continuations joined; `number` is the line where it begins, `end` where it ends."""

    text: str
    number: int
    end: int
    heredocs: tuple[Heredoc, ...] = ()


def read_directives(text: str, file: str) -> Directives:
    """Directives stand in comments at the very top; the first other line ends them."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        match = DIRECTIVE.match(line.strip())
        if not match or match[1].lower() not in KNOWN_DIRECTIVES:
            break
        name = match[1].lower()
        if name in found:
            raise ShoreError(f"the parser directive {name} is given twice", place=Place(file, number), hint="keep one")
        found[name] = match[2]
    escape = found.get("escape", "\\")
    if escape not in ("\\", "`"):
        raise ShoreError(f"escape={escape} is not possible", place=Place(file, 1), hint="use \\ or `")
    return Directives(escape, found.get("syntax", ""))


def read_lines(text: str, file: str, directives: Directives) -> list[Line]:
    """The logical lines, comments and empty ones left out."""
    physical = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    sign = re.escape(directives.escape)
    continued = re.compile(rf"(?:^|(?<=[^{sign}])){sign}[ \t]*$")
    lines: list[Line] = []
    index = 0
    while index < len(physical):
        start = index
        parts: list[str] = []
        while index < len(physical):
            raw = physical[index]
            index += 1
            if raw.lstrip().startswith("#") or (parts and not raw.strip()):
                continue
            match = continued.search(raw)
            if not match:
                parts.append(raw)
                break
            parts.append(raw[: match.start()])
        logical = "".join(parts).strip()
        if not logical:
            continue
        first = start + next(n for n, raw in enumerate(physical[start:]) if _counts(raw)) + 1
        heredocs, index = _heredocs(logical, physical, index, Place(file, first))
        lines.append(Line(logical, first, index, heredocs))
    return lines


def _counts(raw: str) -> bool:
    return bool(raw.strip()) and not raw.lstrip().startswith("#")


def _heredocs(logical: str, physical: list[str], index: int, place: Place) -> tuple[tuple[Heredoc, ...], int]:
    """Read the bodies of the heredocs that an instruction names, in order."""
    keyword = logical.split(None, 1)[0].upper()
    if keyword == "ONBUILD":
        keyword = [*logical.split(None, 2), "", ""][1].upper()
    if keyword not in WITH_HEREDOC or "<<" not in logical:
        return (), index
    found: list[Heredoc] = []
    for word in shell_words(logical):
        match = HEREDOC.match(word)
        if not match or not match[3]:
            continue
        name = re.sub(r"[\"'\\]", "", match[3])
        content, index = _body(name, match[2] == "-", physical, index, place)
        found.append(Heredoc(name, content, expand=name == match[3]))
    return tuple(found), index


def _body(name: str, chomp: bool, physical: list[str], index: int, place: Place) -> tuple[str, int]:
    body: list[str] = []
    while index < len(physical):
        line = physical[index].lstrip("\t") if chomp else physical[index]
        index += 1
        if line == name:
            return "".join(f"{part}\n" for part in body), index
        body.append(line)
    raise ShoreError(f"the heredoc {name} has no end", place=place, hint=f"end it by a line that holds only {name}")


def shell_words(text: str) -> list[str]:
    """Words as a shell splits them, quotes kept (only to find heredocs outside of quotes)."""
    return re.findall(r"(?:[^\s\"']|\"(?:\\.|[^\"\\])*\"|'[^']*')+", text)
