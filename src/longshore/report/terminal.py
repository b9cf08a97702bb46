"""What the stream that we write to can show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, TextIO

__all__ = ["Screen", "look"]


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
    columns = _columns() if tty else 0
    return Screen(live, colour, _encodes(stream, "✓│→·…⠹"), columns)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
