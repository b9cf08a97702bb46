"""A container's command as one text, as Docker tells it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["command_text"]


def command_text(words: Iterable[str]) -> str:
    """The words, those with blanks in quotes."""
    return " ".join(f"'{word}'" if " " in word else word for word in words)
