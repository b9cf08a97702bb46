"""Interpolation of one text: `$A`, `${A}`, `${A:-default}`, `${A?required}`, `${A:+alternative}`, `$$`.

The rules are compose-go's, oddities included: which operator of a nested text counts, and where a brace closes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

__all__ = ["Invalid", "Missing", "Substitution", "TooLong", "Variable", "all_variables", "substitute", "variables"]

MAX_LENGTH = 1 << 20
MAX_DEPTH = 64
MAX_WORK = 50_000_000
"""Characters that may be looked through for one file: enough for any real one, little for one made to harm."""

_PATTERN = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[_a-zA-Z][_a-zA-Z0-9]*)"
    r"|\{(?:(?P<braced>[_a-zA-Z][_a-zA-Z0-9]*(?::?[-+?](.*))?)\}|(?P<invalid>)))"
)
_OPERATORS = (":?", "?", ":-", "-", ":+", "+")


class Invalid(ValueError):
    """The text is not a valid template."""


class TooLong(ValueError):
    """The text expands beyond all reason."""


class Missing(ValueError):
    """A required variable is not set; `reason` is what the file says about it."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"required variable {variable} is missing a value" + (f": {reason}" if reason else ""))
        self.variable = variable
        self.reason = reason


class Substitution:
    """Where values come from, and what is told of a variable that has none."""

    def __init__(self, lookup: Callable[[str], str | None], unset: Callable[[str], None]) -> None:
        self.lookup = lookup
        self.unset = unset
        self.work = 0

    def apply(self, text: str, depth: int = 0) -> str:
        """`text` with its variables replaced."""
        if depth > MAX_DEPTH:
            raise TooLong(f"interpolation is nested more than {MAX_DEPTH} levels deep")
        parts: list[str] = []
        position = length = 0
        while match := _PATTERN.search(text, position):
            new, used = self._replace(match[0], depth)
            parts += (text[position : match.start()], new)
            length += len(new)
            if length > MAX_LENGTH:
                raise TooLong(f"interpolation makes more than {MAX_LENGTH:,} characters")
            position = match.start() + used
        return "".join((*parts, text[position:]))

    def _replace(self, found: str, depth: int) -> tuple[str, int]:
        """The value of the variable at the start of `found`, and how much of `found` it is. The match is greedy: it
        may reach as far as the last brace of the line."""
        self.work += len(found)
        if self.work > MAX_WORK:
            raise TooLong("interpolation takes too long here")
        close = _closing_brace(found)
        whole = len(found)
        operator = _operator(found)
        found = found[: close + 1] if close > -1 else found
        match = _PATTERN.search(found)
        if match is None:
            raise Invalid(found)
        if match["escaped"]:
            return "$", whole
        name = match["named"] or match["braced"]
        if not name:
            raise Invalid(found)
        if not match["named"] and operator in name:
            return self._operate(name, operator, depth), len(found)
        known = self.lookup(name)
        if known is None:
            self.unset(name)
        return known or "", whole

    def _operate(self, text: str, operator: str, depth: int) -> str:
        name, _, argument = text.partition(operator)
        argument = self.apply(argument, depth + 1)
        value = self.lookup(name)
        given = value is not None and (operator[0] != ":" or value != "")
        if operator[-1] == "+":
            return argument if given else value or ""
        if operator[-1] == "?" and not given:
            raise Missing(name, argument)
        return (value or "") if given else argument


def substitute(text: str, values: Mapping[str, str], unset: Callable[[str], None] = lambda _: None) -> str:
    """`text` with the variables of `values`; raises Invalid, Missing or TooLong."""
    return Substitution(values.get, unset).apply(text)


def _operator(text: str) -> str:
    """The operator that stands first in the whole text."""
    found = [(position, op) for op in _OPERATORS if (position := text.find(op)) >= 0]
    return min(found, key=lambda pair: pair[0])[1] if found else ":?"


def _closing_brace(text: str) -> int:
    depth = position = 0
    while position < len(text):
        if text[position] == "}":
            depth -= 1
            if depth == 0:
                return position
        if text[position] == "{":
            depth += 1
            position += 1
        position += 1
    return -1


class Variable(NamedTuple):
    """A variable that a file names, with what the file says for the case that it is unset or set."""

    name: str
    default: str = ""
    alternative: str = ""
    required: bool = False
    operator: str = ""


def all_variables(tree: Any) -> dict[str, Variable]:
    """The variables of all texts of a tree, by name."""
    if isinstance(tree, str):
        return {variable.name: variable for variable in variables(tree)}
    found: dict[str, Variable] = {}
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        found.update(all_variables(item))
    return found


_NAME = re.compile(r"[A-Za-z0-9_]*")


def variables(text: str) -> list[Variable]:
    """The variables that `text` names, those nested in defaults included."""
    found: list[Variable] = []
    for match in _PATTERN.finditer(text):
        if match["escaped"]:
            continue
        inner = match["named"]
        if not inner:
            inner = match["braced"] or ""
            close = _closing_brace(match[0])
            if close > 0:
                inner = match[0][2:close]
                found += variables(match[0][close + 1 :])
        found += _variable(inner)
    return found


def _variable(text: str) -> list[Variable]:
    matched = _NAME.match(text)
    name = matched[0] if matched else ""
    if not name or name == text:
        return [Variable(text)]
    rest = text[len(name) :]
    operator = next((op for op in (":?", "?", ":-", "-", ":+", "+") if rest.startswith(op)), "")
    argument = rest[len(operator) :]
    if operator.endswith("?"):
        return [Variable(name, required=True, operator=operator)]
    if operator.endswith("-"):
        return [Variable(name, default=argument, operator=operator), *variables(argument)]
    if operator.endswith("+"):
        return [Variable(name, alternative=argument, operator=operator), *variables(argument)]
    return [Variable(name)]
