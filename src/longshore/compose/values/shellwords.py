"""A command line as a list, split the way Compose does: quotes and backslashes, no expansion; it ends at a shell
operator (; & | < >), and what comes after is dropped."""

from __future__ import annotations

__all__ = ["split"]

_SPACES = " \t\r\n"


def split(line: str) -> list[str]:
    """The words of `line`. Raises ValueError where a quote or a bracket does not close."""
    splitter = _Splitter()
    for char in line:
        if not splitter.take(char):
            break
    return splitter.finish()


class _Splitter:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.word = ""
        self.in_word = False
        self.escaped = False
        self.single = self.double = self.back = self.dollar = False

    def take(self, char: str) -> bool:
        """Read one character; False when the rest of the line does not count."""
        if self.escaped:
            self.escaped = False
            self.add(char)
        elif char == "\\" and not self.single:
            self.escaped = True
        elif char == "\\":
            self.word += char
        elif char in _SPACES:
            self.space(char)
        elif char in "\"'":
            self.quote(char)
        elif char in "`()":
            self.bracket(char)
        elif char in ";&|<>" and not (self.single or self.double or self.back or self.dollar):
            if char == ">" and self.word[:1].isdigit():
                self.in_word = False
            return False
        else:
            self.add(char)
        return True

    def add(self, char: str) -> None:
        self.word += char
        self.in_word = True

    def space(self, char: str) -> None:
        if self.single or self.double or self.back or self.dollar:
            self.word += char
        elif self.in_word:
            self.words.append(self.word)
            self.word, self.in_word = "", False

    def quote(self, char: str) -> None:
        if char == '"' and not self.single and not self.dollar:
            self.in_word = self.in_word or self.double
            self.double = not self.double
        elif char == "'" and not self.double and not self.dollar:
            self.in_word = self.in_word or self.single
            self.single = not self.single
        else:
            self.add(char)

    def bracket(self, char: str) -> None:
        if not self.single and not self.double:
            if char == "`" and not self.dollar:
                self.back = not self.back
            elif char == ")" and not self.back:
                self.dollar = not self.dollar
            elif char == "(" and not self.back:
                if self.dollar or not self.word.endswith("$"):
                    raise ValueError("not a command line: an open bracket")
                self.dollar = True
                self.word += "("
                return
        self.add(char)

    def finish(self) -> list[str]:
        if self.in_word:
            self.words.append(self.word)
        if self.escaped or self.single or self.double or self.back or self.dollar:
            raise ValueError("not a command line: a quote or bracket does not close")
        return self.words
