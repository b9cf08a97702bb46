"""The one place where an error becomes lines on stderr and an exit code."""

from __future__ import annotations

import sys
import textwrap
import traceback
from collections.abc import Iterator

from longshore.model.errors import ShoreError, ShoreErrors

__all__ = ["lines_of", "report"]


def report(error: Exception, *, debug: bool = False) -> int:
    """Print what went wrong and what to do; the exit code. Tracebacks only with `debug`."""
    from longshore.report.line import paint, span
    from longshore.report.terminal import look

    screen = look(sys.stderr)
    cross = "✗" if screen.unicode else "failed:"
    for text, style in lines_of(error, cross, "│" if screen.unicode else "|"):
        for line in _wrapped(text, screen.width):
            print(paint((span(line, style),), screen.colour), file=sys.stderr)
    if debug:
        traceback.print_exception(error)
    return error.exit_code if isinstance(error, ShoreError) else 1


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns (0: as it is), each but the first indented below its own text."""
    if not width or len(text) <= width:
        return [text]
    head = len(text) - len(text.lstrip())
    below = head + (len("hint: ") if text.lstrip().startswith("hint: ") else 2 if head == 0 else 0)
    if text.lstrip().startswith(("│", "|")):
        return [text]
    return textwrap.wrap(text, width, subsequent_indent=" " * below, break_on_hyphens=False, break_long_words=False)


def lines_of(error: Exception, cross: str = "✗", bar: str = "│") -> Iterator[tuple[str, str]]:
    """The lines of an error, each with the style it is shown in."""
    for one in error.errors if isinstance(error, ShoreErrors) else (error,):
        yield from _one(one, cross, bar) if isinstance(one, ShoreError) else _unforeseen(one, cross)


def _one(error: ShoreError, cross: str, bar: str) -> Iterator[tuple[str, str]]:
    yield f"{cross} {error}", "failed"
    for detail in error.details:
        yield f"    {bar} {detail}", "dim"
    for line in error.hint.splitlines():
        yield f"  {line}", "hint"


def _unforeseen(error: Exception, cross: str) -> Iterator[tuple[str, str]]:
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        yield f"{cross} {error.strerror.lower()}{where}", "failed"
    else:
        text = " ".join(str(error).split()) or "no more is known"
        yield f"{cross} {type(error).__name__}: {text}", "failed"
    yield "  run it again with --debug for the traceback", "hint"
