"""A Dockerfile's text to logical lines: parser directives, comments, continuations, heredocs.

After BuildKit's grammar, https://docs.docker.com/reference/dockerfile/#format."""

from __future__ import annotations

import re

from longshore.dockerfile.expand import expand, words_with_quotes
from longshore.dockerfile.words import json_words, split_line
from longshore.model.errors import Place, ShoreError
from longshore.model.record import record, replace

__all__ = ["Directives", "Heredoc", "Line", "heredoc_named", "read_directives", "read_lines"]

DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$")
KNOWN_DIRECTIVES = ("syntax", "escape", "check")
HEREDOC = re.compile(r"(\d*)<<(-?)\s*([^<]*)$")
WITH_HEREDOC = ("ADD", "COPY", "RUN")


@record
class Directives:
    """What the parser directives at the top say; `escape` is the continuation and escape character, `check` what is
    asked of the build checks."""

    escape: str = "\\"
    syntax: str = ""
    check: str = ""


@record
class Heredoc:
    """`expand`: variables in it are replaced (its word was not quoted). `content` is as written; `chomped` leaves out
    the tabs at the beginning of its lines, which `<<-` asks for."""

    name: str
    content: str = ""
    expand: bool = True
    chomp: bool = False

    @property
    def chomped(self) -> str:
        return re.sub(r"^\t+", "", self.content, flags=re.MULTILINE) if self.chomp else self.content


@record
class Line:
    """One instruction with its continuations joined; `number` is the line where it begins, `end` where it ends. With an
    empty line among its continuations `gap` is the line where those end (0: none). `comment` is the last line of what
    is said of it above."""

    text: str
    number: int
    end: int
    heredocs: tuple[Heredoc, ...] = ()
    gap: int = 0
    comment: str = ""


def read_directives(text: str, file: str) -> Directives:
    """Directives stand in comments at the very top; the first other line ends them."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        match = _directive(line.strip())
        if not match:
            break
        name = match[1].lower()
        place = Place(file, number)
        if name in found:
            raise ShoreError(f"the parser directive {name} is given twice", place=place, hint="keep one")
        found[name] = match[2]
        if name == "escape" and match[2] not in ("\\", "`"):
            raise ShoreError(f"escape={match[2]} is not possible", place=place, hint="use \\ or `")
    return Directives(found.get("escape", "\\"), found.get("syntax", ""), found.get("check", ""))


def _directive(line: str) -> re.Match[str] | None:
    match = DIRECTIVE.match(line)
    return match if match and match[1].lower() in KNOWN_DIRECTIVES else None


def read_lines(text: str, file: str, directives: Directives) -> list[Line]:
    """The logical lines, comments and empty ones left out."""
    physical = text.removeprefix("\ufeff").split("\n")
    if physical[-1] == "":
        physical.pop()
    sign = re.escape(directives.escape)
    continued = re.compile(rf"(?:^|(?<=[^{sign}])){sign}[ \t]*$")
    lines: list[Line] = []
    index, comment = 0, ""
    while index < len(physical):
        start, parts, open_ended, empty = index, list[str](), True, False
        while open_ended and index < len(physical):
            raw = physical[index].rstrip("\r")
            index += 1
            if not parts:
                raw = raw.lstrip()
            if raw.lstrip().startswith("#"):
                open_ended = bool(parts)
                comment = comment if parts or (not lines and _directive(raw)) else raw[1:].strip()
                continue
            if parts and not raw.strip():
                empty = True
                continue
            match = continued.search(raw)
            parts.append(raw[: match.start()] if match else raw)
            open_ended = match is not None
        logical = "".join(parts).strip()
        if logical:
            gap = index if empty else 0
            heredocs, index = _heredocs(logical, physical, index, Place(file, start + 1), directives.escape)
            lines.append(Line(logical, start + 1, index, heredocs, gap, comment))
            comment = ""
    return lines


def heredoc_named(word: str) -> Heredoc | None:
    """The heredoc that a word of an instruction begins ("<<EOF", "3<<-'END'"), without its content; None for any
    other."""
    match = HEREDOC.match(word)
    if not match or not match[3]:
        return None
    name = expand(match[3], {})
    if not name or name != name.strip() or re.search(r"\s", name):
        return None
    quoted = any(match[3].count(quote) != name.count(quote) for quote in "'\"")
    return Heredoc(name, expand=not quoted, chomp=match[2] == "-")


def _heredocs(
    logical: str, physical: list[str], index: int, place: Place, escape: str
) -> tuple[tuple[Heredoc, ...], int]:
    """Read the bodies of the heredocs that an instruction names, in order."""
    keyword, _, rest = split_line(logical, escape)
    if keyword.upper() == "ONBUILD":
        keyword, _, rest = split_line(rest, escape)
    if keyword.upper() not in WITH_HEREDOC or "<<" not in logical or _in_json(rest):
        return (), index
    found: list[Heredoc] = []
    for word in words_with_quotes(logical):
        named = heredoc_named(word)
        if named is not None:
            content, index = _body(named, physical, index, place)
            found.append(replace(named, content=content))
    return tuple(found), index


def _in_json(rest: str) -> bool:
    try:
        return json_words(rest) is not None
    except ValueError:
        return True


def _body(named: Heredoc, physical: list[str], index: int, place: Place) -> tuple[str, int]:
    body: list[str] = []
    while index < len(physical):
        raw = physical[index]
        line = raw.rstrip("\r")
        index += 1
        if (line.lstrip("\t") if named.chomp else line) == named.name:
            return "".join(f"{part}\n" for part in body), index
        body.append(raw)
    hint = f"end it by a line that holds only {named.name}"
    raise ShoreError(f"the heredoc {named.name} has no end", place=place, hint=hint)
