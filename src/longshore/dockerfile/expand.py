"""Variables in a Dockerfile: $name, ${name}, ${name:-x} ${name-x} ${name:+x} ${name+x} ${name:?x} ${name?x},
${name#p} ${name##p} ${name%p} ${name%%p} ${name/p/x} ${name//p/x}, as BuildKit's shell lexer reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

__all__ = ["Quotes", "expand", "expand_document", "expand_words", "words_with_quotes"]

Quotes = Literal["take off", "keep", "are text"]
"""What is done with quotes: taken off, kept where they are, or not seen at all (as in a heredoc)."""
SPECIAL = "@*#?-$!"
"""Names of one sign; none of them ever has a value here."""
OPERATORS = "+-?#%"


class _Words:
    """The words of a text: what is not quoted is split at blanks."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._word: list[str] = []

    def add(self, text: str, *, whole: bool) -> None:
        """`whole`: blanks in it do not end the word."""
        for character in text:
            if whole or not character.isspace():
                self._word.append(character)
            else:
                self.end()

    def end(self) -> list[str]:
        if self._word:
            self.found.append("".join(self._word))
            self._word = []
        return self.found


class _Reader:
    """One pass over a text."""

    def __init__(
        self,
        text: str,
        values: Mapping[str, str],
        escape: str,
        quotes: Quotes = "take off",
        *,
        as_written: bool = False,
    ) -> None:
        self.text, self.values, self.escape, self.quotes = text, values, escape, quotes
        self.as_written = as_written
        """Escapes and variables stay as they stand."""
        self.position = 0

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def take(self) -> str:
        character = self.peek()
        self.position += 1
        return character

    def until(self, stop: str, *, keep_escapes: bool = False) -> tuple[str, list[str]]:
        """Everything up to `stop` ("" the end), which is consumed: as one text, and as words."""
        out: list[str] = []
        words = _Words()
        while (character := self.peek()) and character != stop:
            whole = True
            if character == "$":
                piece, whole = self._dollar(), False
            elif character in "'\"" and self.quotes != "are text":
                piece = self._single() if character == "'" else self._double(keep_escapes)
            elif character == "<":
                piece = self._less()
            elif character == self.escape:
                piece = self._escaped(keep_escapes)
            else:
                piece, whole = self.take(), False
            out.append(piece)
            words.add(piece, whole=whole)
        if stop:
            if not self.peek():
                raise ValueError(f"a {stop} is missing")
            self.position += 1
        return "".join(out), words.end()

    def _escaped(self, keep: bool) -> str:
        """The escape character and what it protects; at the very end it stands for nothing."""
        sign = self.take()
        return (sign if keep or self.as_written else "") + self.take()

    def _less(self) -> str:
        """Blanks between `<<` and the name that follows do not split a word."""
        self.position += 1
        if self.peek() != "<":
            return "<"
        self.position += 1
        start = self.position
        while self.peek() and self.peek() in " \t\r":
            self.position += 1
        return "<<" + self.text[start : self.position]

    def _single(self) -> str:
        start = self.position
        end = self.text.find("'", start + 1)
        if end < 0:
            raise ValueError("a single quote is not closed")
        self.position = end + 1
        return self.text[start : end + 1] if self.quotes == "keep" else self.text[start + 1 : end]

    def _double(self, keep_escapes: bool) -> str:
        quote = self.take() if self.quotes == "keep" else self.take() and ""
        out = [quote]
        while (character := self.peek()) != '"':
            if not character:
                raise ValueError("a double quote is not closed")
            if character == "$":
                out.append(self._dollar())
            elif character == self.escape:
                out.append(self._escaped_in_quotes(keep_escapes))
            else:
                out.append(self.take())
        self.position += 1
        return "".join([*out, quote])

    def _escaped_in_quotes(self, keep: bool) -> str:
        """Only a quote, a dollar and itself are protected by it there; before others it is a sign like any other."""
        sign = self.take()
        kept = sign if keep or self.as_written else ""
        following = self.peek()
        if not following:
            return kept
        if following in ('"', "$", self.escape):
            self.position += 1
            return kept + following
        return kept + sign

    def _dollar(self) -> str:
        start = self.position
        self.position += 1
        if self.peek() != "{":
            name = self._name()
            if self.as_written and name:
                return f"${name}"
            return self.values.get(name, "") if name else "$"
        self.position += 1
        found = self._braced()
        return self.text[start : self.position] if self.as_written else found

    def _name(self) -> str:
        match = re.compile(rf"\d+|[{re.escape(SPECIAL)}]|\w*").match(self.text, self.position)
        assert match
        self.position = match.end()
        return match[0]

    def _braced(self) -> str:
        if not self.peek():
            raise ValueError("a } is missing")
        if self.peek() in "{}:":
            raise ValueError("bad substitution: ${ is not followed by a name")
        name = self._name()
        operator = self.take()
        if operator == "}":
            return self.values.get(name, "")
        if operator == "/":
            return self._replaced(name)
        if operator == ":":
            operator += self.take()
        sign = operator[-1:]
        if not sign or sign not in OPERATORS or (len(operator) > 1 and sign in "#%"):
            raise ValueError(f"${{{name}{operator}: this modifier is not supported")
        word, _ = self.until("}", keep_escapes=sign in "#%")
        return _apply(name, self.values.get(name), operator, word)

    def _replaced(self, name: str) -> str:
        every = self.peek() == "/"
        self.position += every
        pattern, _ = self.until("/", keep_escapes=True)
        replacement, _ = self.until("}", keep_escapes=True)
        expression = re.compile(_expression(pattern, greedy=True), re.DOTALL)
        return expression.sub(lambda _: replacement, self.values.get(name, ""), count=0 if every else 1)


def _apply(name: str, value: str | None, operator: str, word: str) -> str:
    present = value is not None and not (operator.startswith(":") and not value)
    match operator[-1]:
        case "-":
            return value or "" if present else word
        case "+":
            return word if present else ""
        case "?":
            if not present:
                lacking = "unset" if value is None else "empty"
                raise ValueError(f"{name}: {word or f'is not allowed to be {lacking}'}")
            return value or ""
        case sign:
            greedy = word.startswith(sign)
            pattern = word[1:] if greedy else word
            return _trim_end(value or "", pattern, greedy) if sign == "%" else _trim_start(value or "", pattern, greedy)


def _trim_start(value: str, pattern: str, greedy: bool) -> str:
    match = re.compile(_expression(pattern, greedy=greedy), re.DOTALL).match(value)
    return value[match.end() :] if match else value


def _trim_end(value: str, pattern: str, greedy: bool) -> str:
    """The shortest or longest end that the pattern fits."""
    expression = re.compile(_expression(pattern, greedy=greedy), re.DOTALL)
    starts = range(len(value) + 1) if greedy else range(len(value), -1, -1)
    start = next((start for start in starts if expression.fullmatch(value, start)), len(value))
    return value[:start]


def _expression(pattern: str, *, greedy: bool) -> str:
    """A shell pattern of `*` and `?`; a backslash protects them, itself, and the signs that would end the form."""
    out: list[str] = []
    index = 0
    while index < len(pattern):
        character = pattern[index]
        following = pattern[index + 1 : index + 2]
        index += 1
        if character == "*":
            out.append(".*" if greedy else ".*?")
        elif character == "?":
            out.append(".")
        elif character == "\\" and following not in ("}", "/"):
            if following not in ("*", "?", "\\"):
                raise ValueError(f"invalid escape \\{following} in the pattern {pattern}")
            out.append(re.escape(following))
            index += 1
        elif character != "\\":
            out.append(re.escape(character))
    return "".join(out)


def expand(text: str, values: Mapping[str, str], *, escape: str = "\\") -> str:
    """`text` with its variables replaced, its quotes and escapes taken off. ValueError for a broken form."""
    return _Reader(text, values, escape).until("")[0]


def expand_document(text: str, values: Mapping[str, str]) -> str:
    """The body of a heredoc: quotes are text there, and the escape character is always the backslash."""
    return _Reader(text, values, "\\", "are text").until("")[0]


def expand_words(text: str, values: Mapping[str, str], *, escape: str = "\\") -> list[str]:
    """As `expand`, but what is not quoted is split at blanks into several words (EXPOSE)."""
    return _Reader(text, values, escape).until("")[1]


def words_with_quotes(text: str) -> list[str]:
    """The words of a text as a shell splits it, with all that is written in them; [] for one that a shell could not
    read."""
    try:
        return _Reader(text, {}, "\\", "keep", as_written=True).until("")[1]
    except ValueError:
        return []
