"""Every flag of every command stands in a fast test that runs the command with it. That the flag is tried is all that
this shows; whether a test would notice if it did nothing, `scripts/mutate cli` says by sample."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from longshore.cli.arguments import GLOBALS, Parser, Refused
from longshore.cli.table import COMMANDS
from tests.cli.test_compose_flags import parser_of

TESTS = Path(__file__).parents[1]
HARMLESS = {
    "up --menu": "taken from Docker Compose's users, and left out",
}
"""Flags that ask for nothing."""


def fast(text: str) -> bool:
    return "pytestmark = pytest.mark.e2e" not in text and "pytestmark = pytest.mark.pages" not in text


def words_in(node: ast.AST) -> Iterator[str]:
    """The words of a call, a tuple or a list, with those of what is in it."""
    match node:
        case ast.Constant(str() as text):
            yield from text.split() or [""]
        case ast.JoinedStr(values):
            yield "".join(v.value if isinstance(v, ast.Constant) else "x" for v in values)
        case ast.Call(_, arguments) | ast.Tuple(arguments) | ast.List(arguments):
            for argument in arguments:
                yield from words_in(argument)
        case ast.Starred(inner):
            yield from words_in(inner)
        case ast.IfExp(_, one, other):
            yield from words_in(one)
            yield from words_in(other)


def lines_of(text: str) -> Iterator[tuple[str, ...]]:
    """Everything in a file of tests that may be a command line: each function as a whole (flags are often in a table
    above the call that has the command's name), with what it uses of the file."""
    file = ast.parse(text).body
    parts: dict[str, ast.AST] = {}
    for node in file:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts[node.name] = node
        elif isinstance(node, ast.Assign):
            for name in ast.walk(ast.Tuple(node.targets)):
                if isinstance(name, ast.Name):
                    parts[name.id] = node
    for name in parts:
        yield tuple(with_uses(name, parts, set()))


def with_uses(name: str, parts: Mapping[str, ast.AST], seen: set[str]) -> Iterator[str]:
    seen.add(name)
    for part in ast.walk(parts[name]):
        if isinstance(part, ast.Call | ast.Tuple | ast.List):
            yield from words_in(part)
        if isinstance(part, ast.Name) and part.id in parts and part.id not in seen:
            yield from with_uses(part.id, parts, seen)


def every_line() -> list[tuple[str, ...]]:
    texts = [path.read_text() for path in sorted(TESTS.rglob("test_*.py")) if path != Path(__file__)]
    return [line for text in texts if fast(text) for line in lines_of(text)]


def runs(line: Sequence[str], command: Sequence[str]) -> bool:
    return any(tuple(line[at : at + len(command)]) == tuple(command) for at in range(len(line)))


def names(word: str, flag: str) -> bool:
    """Whether a word of a command line holds the flag: by itself, with its value, or in a cluster of short ones."""
    if word.partition("=")[0] == flag:
        return True
    short = len(flag) == 2 and word.startswith("-") and not word.startswith("--")
    return short and (flag[1] in word[1:] if word[1:].isalpha() else word.startswith(flag))


def unseen(command: str, parser: Parser, lines: Sequence[Sequence[str]]) -> list[str]:
    mine = [line for line in lines if runs(line, command.split())]
    return [
        f"{command} {option.option_strings[-1]}"
        for option in parser.options()
        if option.dest not in OF_ALL and not isinstance(option, Refused)
        and not any(names(word, flag) for line in mine for word in line for flag in option.option_strings)
    ]  # fmt: skip


OF_ALL = {
    "help",
    *(str(settings.get("dest") or flags[-1].lstrip("-").replace("-", "_")) for flags, settings in GLOBALS),
}
LINES = every_line()


@pytest.mark.parametrize("command", [name for name, one in COMMANDS.items() if one.module])
def test_every_flag_of_a_command_is_tried(command: str) -> None:
    assert [flag for flag in unseen(command, parser_of(command), LINES) if flag not in HARMLESS] == []


def test_every_global_flag_is_tried() -> None:
    spoken = {word.partition("=")[0] for line in LINES for word in line}
    assert [flags[-1] for flags, _ in GLOBALS if not spoken & {*flags}] == []


def test_a_flag_that_nobody_tries_is_found() -> None:
    parser = Parser("shore up")
    parser.add_argument("-n", "--new")
    assert unseen("up", parser, [("up", "-d"), ("down", "--new")]) == ["up --new"]
    assert unseen("up", parser, [("up", "-dn")]) == []
    assert unseen("up", parser, [("up", "--new=x")]) == []
