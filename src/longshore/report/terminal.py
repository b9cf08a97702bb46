"""What the stream that we write to can show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, TextIO

__all__ = ["Screen", "look", "size_of"]


class Screen(NamedTuple):
    """`live`: lines can be drawn again in place; `colour`: SGR sequences show; `unicode`: ✓ and │ can be encoded;
    `width` in columns, 0 where lines need not be cut."""

    live: bool = False
    colour: bool = False
    unicode: bool = True
    width: int = 0


def look(stream: TextIO, ansi: str = "auto", environ: Mapping[str, str] = os.environ) -> Screen:
    """What `stream` can show. `ansi` is --ansi; NO_COLOR, TERM=dumb and the stream's encoding are respected."""
    tty = stream.isatty() and environ.get("TERM", "") != "dumb"
    wanted = environ.get("COMPOSE_ANSI", "auto") if ansi == "auto" else ansi
    live = tty and wanted != "never"
    colour = wanted == "always" or (live and not environ.get("NO_COLOR"))
    columns = size_of(stream, environ).columns if tty else 0
    return Screen(live, colour, _encodes(stream, "✓│→·…⠹"), columns)


def size_of(
    stream: TextIO, environ: Mapping[str, str] = os.environ, fallback: tuple[int, int] = (80, 24)
) -> os.terminal_size:
    """The present size of the terminal that `stream` is, which need not be standard output's; COLUMNS and LINES, and
    `fallback` where the terminal does not say."""
    try:
        seen = os.get_terminal_size(stream.fileno())
    except (AttributeError, OSError, ValueError):
        seen = os.terminal_size((0, 0))
    named = [int(text) if (text := environ.get(name, "")).isdecimal() else 0 for name in ("COLUMNS", "LINES")]
    columns, lines = (said or real or other for said, real, other in zip(named, seen, fallback, strict=True))
    return os.terminal_size((columns, lines))


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
