"""`.env` files and `env_file:`, as compose-go's dotenv reads them, and the `raw` format of `docker run --env-file`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping

from longshore.compose.values.problems import shorten
from longshore.compose.values.template import Invalid, Missing, Substitution, TooLong
from longshore.model.errors import Place, ShoreError

__all__ = ["parse", "parse_raw"]

Lookup = Callable[[str], str | None]

_SPACES = " \t\v\f\r\x85\xa0"
_ESCAPES = re.compile(r'\\(?:[abcfnrtv$"\\]|0\d{0,3})')
_BLANK = re.compile(r"(?:\s+|#[^\n]*(?:\n|\Z))*")
_EXPORT = re.compile(r"export\s+")
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


def parse(text: str, name: str, known: MutableMapping[str, str], lookup: Lookup, unset: Callable[[str], None]) -> None:
    """Add the variables of `text` to `known`. A value may name others: `lookup` has the first word, then `known`.
    `name` is the file, for errors."""
    _Parser(text.removeprefix("\ufeff"), name, known, lookup, unset).run()


class _Parser:
    def __init__(
        self, text: str, name: str, known: MutableMapping[str, str], lookup: Lookup, unset: Callable[[str], None]
    ) -> None:
        self.text = text
        self.name = name
        self.known = known
        self.lookup = lookup
        self.position = 0
        self.substitution = Substitution(self.find, unset)

    def find(self, key: str) -> str | None:
        value = self.lookup(key)
        return self.known.get(key) if value is None else value

    def run(self) -> None:
        while self.skip_to_statement():
            key, inherited = self.key()
            if " " in key:
                raise self.fault("a key cannot contain a space", "write it as KEY=value")
            if inherited:
                value = self.lookup(key)
                if value is not None:
                    self.known[key] = value
            else:
                self.known[key] = self.value()

    def skip_to_statement(self) -> bool:
        skipped = _BLANK.match(self.text, self.position)
        self.position = skipped.end() if skipped else self.position
        return self.position < len(self.text)

    def key(self) -> tuple[str, bool]:
        """The next key, and whether it stands alone on its line (its value is inherited)."""
        export = _EXPORT.match(self.text, self.position)
        if export:
            self.position += len("export")
            self.skip_spaces()
        start = self.position
        for index in range(start, len(self.text)):
            char = self.text[index]
            if char in "=:\n":
                self.position = index + 1
                key = self.text[start:index].rstrip()
                self.skip_spaces()
                return key, char == "\n"
            if char not in _SPACES and char not in "_.-[]" and not char.isalnum():
                line = self.text[start:].split("\n")[0]
                raise self.fault(
                    f'unexpected character "{char}" in the variable name "{shorten(line)}"', "write KEY=value"
                )
        # The last line may lack its line break. (Compose takes the name for the value of a nameless variable.)
        self.position = len(self.text)
        return self.text[start:].rstrip(), True

    def skip_spaces(self) -> None:
        while self.position < len(self.text) and self.text[self.position] in _SPACES:
            self.position += 1

    def value(self) -> str:
        quote = self.text[self.position : self.position + 1]
        if quote in ("'", '"'):
            return self.quoted(quote)
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end
        raw = self.text[self.position : end]
        start = self.position
        self.position = min(end + 1, len(self.text))
        return self.expand(raw.split(" #", 1)[0].rstrip(), start)

    def quoted(self, quote: str) -> str:
        start = self.position
        chars: list[str] = []
        escaped = False
        for index in range(start + 1, len(self.text)):
            char = self.text[index]
            if char == quote and not escaped:
                self.position = index + 1
                text = "".join(chars)
                return self.expand(_unescape(text), start) if quote == '"' else text
            if not escaped and char == "\\":
                escaped = True
                continue
            if escaped:
                escaped = False
                if char != quote:
                    chars.append("\\")
            chars.append(char)
        line = self.text[start:].split("\n")[0]
        raise self.fault(f"the quoted value {shorten(line)} does not end", f"close it with {quote}", start)

    def expand(self, text: str, start: int) -> str:
        if "$" not in text:
            return text
        try:
            return self.substitution.apply(text)
        except Missing as error:
            raise self.fault(str(error), f"set {error.variable}", start) from None
        except (Invalid, TooLong) as error:
            what = f'"{shorten(text)}" is not a valid use of variables' if isinstance(error, Invalid) else str(error)
            raise self.fault(what, "write a plain $ as $$", start) from None

    def fault(self, what: str, hint: str, position: int | None = None) -> ShoreError:
        line = self.text.count("\n", 0, self.position if position is None else position) + 1
        return ShoreError(what, place=Place(self.name, line), hint=hint)


def _unescape(text: str) -> str:
    return _ESCAPES.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    code = match[0][1:]
    if code == "$":
        return "$$"
    if code[0] == "0":
        digits = code[1:]
        return chr(int(digits, 8)) if len(digits) == 3 and _is_octal(digits) else f"\\{digits}"
    return _LETTERS.get(code, match[0])


def _is_octal(digits: str) -> bool:
    return all(d in "01234567" for d in digits) and int(digits, 8) < 256


def parse_raw(text: str, name: str, known: MutableMapping[str, str], lookup: Mapping[str, str]) -> None:
    """`format: raw`: every line is KEY=value, taken as it is; a KEY alone is inherited."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = line.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        if not key.strip() or any(c.isspace() for c in key):
            raise ShoreError(f'"{key}" is not a variable name', place=Place(name, number), hint="write KEY=value")
        if equals:
            known[key] = value
        elif key in lookup:
            known[key] = lookup[key]
