"""One logical line to its parts: the keyword, the flags, and the words of what follows, as BuildKit's parser cuts
them."""

from __future__ import annotations

import json
import re

__all__ = ["BLANKS", "json_words", "quoted_words", "split_line"]

BLANKS = re.compile(r"[\t\v\f\r ]+")
NOT_STRINGS = "a JSON array may hold nothing but strings"


def split_line(text: str, escape: str) -> tuple[str, tuple[str, ...], str]:
    """The keyword as written, the flags with their dashes and without their quotes, and the rest."""
    words = BLANKS.split(text.strip(), maxsplit=1)
    if len(words) < 2:
        return words[0], (), ""
    flags, rest = _flags(words[1], escape)
    return words[0], flags, rest.strip()


def _flags(text: str, escape: str) -> tuple[tuple[str, ...], str]:
    """Words that begin with two dashes, up to the first that does not, or to `--`."""
    found: list[str] = []
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if not text.startswith("--", position):
            return tuple(found), text[position:]
        word, position = _flag(text, position, escape)
        if word == "--":
            return tuple(found), text[position:]
        found.append(word)


def _flag(text: str, position: int, escape: str) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while position < len(text):
        character = text[position]
        if not quote and character.isspace():
            break
        position += 1
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif character == escape:
            word.append(text[position : position + 1])
            position += 1
        else:
            word.append(character)
    return "".join(word), position


def quoted_words(text: str, escape: str) -> list[str]:
    """Words at blanks that are neither quoted nor escaped; quotes and escapes stay in them."""
    found: list[str] = []
    word: list[str] = []
    quote = ""
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if not quote and character.isspace():
            if word:
                found.append("".join(word))
            word = []
            continue
        if character == escape and quote != "'":
            if position == len(text):
                break
            character += text[position]
            position += 1
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        word.append(character)
    return [*found, "".join(word)] if word else found


def json_words(text: str) -> tuple[str, ...] | None:
    """The words of a JSON array, or None when the text is in shell form, which broken JSON is too. ValueError for an
    array of other things than strings."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not all(isinstance(word, str) for word in value):
        raise ValueError(NOT_STRINGS)
    return tuple(value)
