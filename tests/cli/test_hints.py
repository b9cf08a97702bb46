"""Every command that a text of the product names exists, with the flags that it names."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from longshore.cli.arguments import Parser, add_globals
from longshore.cli.table import COMMANDS

SOURCE = Path(__file__).parents[2] / "src/longshore"

PROSE = frozenset(
    [
        "COMMAND",
        "as",
        "choose",
        "did",
        "does",
        "exits",
        "found",
        "import",
        "in",
        "itself",
        "knows",
        "makes",
        "needs",
        "on",
        "reads",
        "runs",
        "saved",
        "starts",
        "takes",
        "was",
        "watches",
        "will",
    ]
)
"""What follows "shore" where it is the name of the product in a sentence."""

_COMMAND = re.compile(r"(?<![\w./-])shore((?: (?:--?[\w-]+|[\w./=*-]+(?::[\w./=*-]+)*|\{\}))+)")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a file but docstrings; what an f-string fills in is {}."""
    tree = ast.parse(path.read_text())
    comments = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body
        and isinstance(node.body[0], ast.Expr)
    }  # fmt: skip
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in comments | inside:
            yield node.lineno, node.value


def named() -> Iterator[tuple[str, list[str]]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for line, text in texts(path):
            for match in _COMMAND.finditer(text):
                yield f"{path.relative_to(SOURCE)}:{line}", _to_the_end_of_the_sentence(match[1].split())


def _to_the_end_of_the_sentence(words: list[str]) -> list[str]:
    for number, word in enumerate(words):
        if word.endswith(".") and word.strip("."):
            return [*words[:number], word.rstrip(".")]
    return words


def wrong(words: list[str]) -> str:
    """What of a command line there is not; "" when all is there."""
    head = Parser("shore", own_help=True)
    add_globals(head)
    shared = head._option_string_actions
    rest = list(words)
    while rest and rest[0].startswith("-"):
        action = shared.get(rest.pop(0))
        if action is None:
            return "no such global flag"
        if rest and action.nargs is None and not isinstance(action, argparse._StoreTrueAction):
            rest.pop(0)
    if not rest or rest[0] in ("{}", *PROSE):
        return ""
    if rest[0] not in COMMANDS:
        return f"no command {rest[0]}"
    module = import_module(f"longshore.cli.commands.{COMMANDS[rest[0]].module}")
    parser = Parser(rest[0])
    module.add_arguments(parser)
    flags = [word for word in rest[1:] if word.startswith("-")]
    missing = [flag for flag in flags if flag not in parser._option_string_actions and flag not in shared]
    first = next((a for a in parser._actions if a.choices and not a.option_strings), None)
    if first and len(rest) > 1 and rest[1] not in (*(first.choices or ()), "for", "{}"):
        return f"{rest[0]} has no {rest[1]}"
    return f"{rest[0]} has no {' '.join(missing)}" if missing else ""


FOUND = sorted({(place, " ".join(words)) for place, words in named()})


def test_the_texts_are_read() -> None:
    lines = {words for _, words in FOUND}
    assert len(lines) > 50
    assert {"down -v", "up --ports auto", "--engine native volume create {}", "logs {}"} <= lines


@pytest.mark.parametrize(("place", "words"), FOUND, ids=[f"{place}: {words}" for place, words in FOUND])
def test_a_command_that_a_text_names_exists(place: str, words: str) -> None:
    assert not wrong(words.split()), place


@pytest.mark.parametrize(
    ("words", "text"),
    [("volume make x", "volume has no make"), ("up --nonsense", "up has no --nonsense"), ("fly", "no command fly"),
     ("--nonsense up", "no such global flag")],
)  # fmt: skip
def test_what_does_not_exist_is_found(words: str, text: str) -> None:
    assert wrong(words.split()) == text
