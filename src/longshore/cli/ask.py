"""Questions to the one at the terminal."""

from __future__ import annotations

import sys

from longshore.model.errors import ShoreError

__all__ = ["confirm"]


def confirm(question: str, otherwise: str) -> None:
    """Go on only after a yes. Where nobody can answer, an error whose hint is `otherwise`."""
    if not sys.stdin.isatty():
        raise ShoreError(f"nobody is here to answer: {question}", hint=otherwise)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ShoreError("not done")
