"""Lines made of styled spans: how they are painted, measured and cut. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["STYLES", "Line", "Span", "columns", "cut", "pad", "paint", "span", "width"]

STYLES = {
    "healthy": "32",
    "done": "34",
    "waiting": "33",
    "failed": "31",
    "hint": "",
    "dim": "2",
    "bold": "1",
    "name": "1",
    "": "",
}
"""Style → SGR parameters. Green healthy, blue a finished one-shot, yellow waiting or starting, red failed."""


class Span(NamedTuple):
    text: str
    style: str = ""


Line = tuple[Span, ...]


def span(text: str, style: str = "") -> Span:
    return Span(text, style)


def paint(line: Iterable[Span], colour: bool) -> str:
    """The line as text, with colour where it is wanted. A style that is no key of STYLES is taken as SGR itself."""
    if not colour:
        return "".join(part.text for part in line).rstrip()
    return "".join(_painted(part) for part in line)


def _painted(part: Span) -> str:
    code = STYLES.get(part.style, part.style)
    return f"\x1b[{code}m{part.text}\x1b[0m" if code and part.text else part.text


def width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(line: Line, limit: int, mark: str = "…") -> Line:
    """The line in at most `limit` columns; what does not fit is replaced by `mark`."""
    if limit <= 0 or sum(width(part.text) for part in line) <= limit:
        return line
    kept: list[Span] = []
    left = limit - width(mark)
    for text, style in line:
        head = _head(text, left)
        kept.append(Span(head, style))
        left -= width(head)
        if head != text:
            break
    return (*kept, Span(mark))


def _head(text: str, limit: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _cell(character)
        if used > limit:
            return text[:index]
    return text


def pad(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))


def columns(rows: Iterable[tuple[Span, ...]], gap: int = 3) -> list[Line]:
    """Rows of cells as aligned lines, each column as wide as its widest cell; the last is left as it is."""
    table = list(rows)
    widths = [max(width(cell.text) for cell in column) for column in zip(*table, strict=True)]
    lines: list[Line] = []
    for row in table:
        cells = [Span(pad(cell.text, w + gap), cell.style) for cell, w in zip(row[:-1], widths[:-1], strict=True)]
        lines.append((*cells, row[-1]))
    return lines
