"""Variables in a Dockerfile: $name, ${name}, ${name:-x} ${name-x} ${name:+x} ${name+x} ${name:?x} ${name?x},
${name#p} ${name##p} ${name%p} ${name%%p} ${name/p/x} ${name//p/x} (BuildKit's shell lexer)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import translate

__all__ = ["UnsetVariableError", "expand", "expand_words"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#]")


class UnsetVariableError(ValueError):
    """`${name:?message}` of a variable that is unset or empty."""


class _Reader:
    """One pass over a text. Quotes are taken off; `used` collects the names that were looked up."""

    def __init__(self, text: str, values: Mapping[str, str], escape: str, used: set[str] | None) -> None:
        self.text, self.values, self.escape = text, values, escape
        self.used = used if used is not None else set()
        self.position = 0

    def peek(self) -> str:
        return self.text[self.position] if self.position < len(self.text) else ""

    def take(self) -> str:
        character = self.peek()
        self.position += 1
        return character

    def until(self, stop: str, *, keep_quotes: bool = False) -> str:
        """Everything up to `stop` (not consumed), expanded."""
        out: list[str] = []
        while (character := self.peek()) and character != stop:
            if character == "'" and not keep_quotes:
                out.append(self._single())
            elif character == '"' and not keep_quotes:
                out.append(self._double())
            elif character == "$":
                out.append(self._dollar())
            elif character == self.escape:
                self.position += 1
                out.append(self._escaped(keep_quotes))
            else:
                out.append(self.take())
        return "".join(out)

    def _escaped(self, keep_quotes: bool) -> str:
        following = self.take()
        if keep_quotes and following != "$":
            return self.escape + following
        return following

    def _single(self) -> str:
        self.position += 1
        end = self.text.find("'", self.position)
        if end < 0:
            raise ValueError("a single quote is not closed")
        inner = self.text[self.position : end]
        self.position = end + 1
        return inner

    def _double(self) -> str:
        self.position += 1
        out: list[str] = []
        while (character := self.peek()) != '"':
            if not character:
                raise ValueError("a double quote is not closed")
            if character == "$":
                out.append(self._dollar())
            elif character == self.escape and self.text[self.position + 1 : self.position + 2] in (
                '"',
                "$",
                self.escape,
            ):
                self.position += 1
                out.append(self.take())
            else:
                out.append(self.take())
        self.position += 1
        return "".join(out)

    def _dollar(self) -> str:
        self.position += 1
        if self.peek() == "{":
            self.position += 1
            return self._braced()
        match = NAME.match(self.text, self.position)
        if not match:
            return "$"
        self.position = match.end()
        return self._value(match[0]) or ""

    def _braced(self) -> str:
        match = NAME.match(self.text, self.position)
        if not match:
            raise ValueError("${ is not followed by a name")
        name = match[0]
        self.position = match.end()
        value = self._value(name)
        operator = re.compile(r"}|:[-+?]|[-+?]|##?|%%?|//?").match(self.text, self.position)
        if not operator:
            raise ValueError(f"${{{name} has an operator that is not known")
        self.position = operator.end()
        if operator[0] == "}":
            return value or ""
        raw_word = operator[0] in ("#", "##", "%", "%%", "/", "//")
        word = self._pattern() if raw_word else self.until("}")
        if self.take() != "}":
            raise ValueError(f"${{{name} is not closed")
        return _apply(name, value, operator[0], word)

    def _pattern(self) -> str:
        return self.until("}")

    def _value(self, name: str) -> str | None:
        self.used.add(name)
        return self.values.get(name)


def _apply(name: str, value: str | None, operator: str, word: str) -> str:
    present = value if not operator.startswith(":") else (value or None)
    match operator[-1]:
        case "-":
            return word if present is None else present
        case "+":
            return "" if present is None else word
        case "?":
            if present is None:
                raise UnsetVariableError(f"{name}: {word or 'is not set'}")
            return present
        case "#" | "%":
            return _trim(value or "", word, operator)
        case _:
            return _replace(value or "", word, operator)


def _trim(value: str, pattern: str, operator: str) -> str:
    """The shortest (one sign) or longest (two) match of a shell pattern taken off the front (#) or the end (%)."""
    matcher = re.compile(translate(pattern))
    sizes: list[int] = list(range(len(value) + 1))
    if len(operator) == 2:
        sizes.reverse()
    for size in sizes:
        part = value[:size] if operator[0] == "#" else value[len(value) - size :]
        if matcher.match(part):
            return value[size:] if operator[0] == "#" else value[: len(value) - size]
    return value


def _replace(value: str, word: str, operator: str) -> str:
    pattern, _, replacement = word.partition("/")
    expression = re.compile(translate(pattern).replace(r"\Z", "").replace("(?s:", "(?s:", 1))
    made: Callable[[re.Match[str]], str] = lambda _: replacement  # noqa: E731
    return expression.sub(made, value, count=0 if operator == "//" else 1)


def expand(
    text: str, values: Mapping[str, str], *, escape: str = "\\", used: set[str] | None = None, keep_quotes: bool = False
) -> str:
    """`text` with its variables replaced and its quotes taken off (kept with `keep_quotes`, as in a heredoc).
    Raises ValueError for a broken form."""
    return _Reader(text, values, escape, used).until("", keep_quotes=keep_quotes)


def expand_words(
    text: str, values: Mapping[str, str], *, escape: str = "\\", used: set[str] | None = None
) -> list[str]:
    """As `expand`, but what an unquoted variable holds is split at blanks into several words (EXPOSE, ENV old form)."""
    return expand(text, values, escape=escape, used=used).split()
