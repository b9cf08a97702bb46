"""What a shell offers for the word under the cursor: `shore __complete INDEX WORD…`, for the completion scripts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from longshore.cli.arguments import Args, Parser, add_globals
from longshore.cli.table import COMMANDS

__all__ = ["add_arguments", "candidates", "run"]

Candidate = tuple[str, str]

NAMES_OF_SERVICES = frozenset({"services", "service", "attach", "no_attach", "exit_code_from", "scale"})
AFTER_THE_SERVICE = frozenset({"exec", "run", "port", "cp"})
"""Commands whose words after the service are not services."""


def add_arguments(parser: Parser) -> None:
    parser.add_argument("index", type=int)
    parser.add_argument("words", nargs=argparse.REMAINDER)


def run(args: Args) -> int:
    for word, description in candidates(args.words, args.index - 1):
        print(f"{word}\t{description}")
    return 0


def candidates(words: Sequence[str], index: int) -> list[Candidate]:
    """What fits at `index` of `words` (those after "shore"), each with a description; empty for a file name."""
    before, current = _unsplit(words[:index]), words[index] if index < len(words) else ""
    if before and before[-1].startswith("--") and current == "=":  # bash splits there, and nothing follows yet
        before[-1], current = f"{before[-1]}=", ""
    head = Parser("shore")
    add_globals(head)
    name, rest = _command(head, before)
    if name is None:
        return _value_or(head, before, current, _commands, [])
    if name not in COMMANDS or not COMMANDS[name].module:
        return []
    parser = _parser(name)
    ahead = before[: len(before) - len(rest) - 1]
    return _value_or(parser, rest, current, lambda: _positional(parser, name, rest, ahead), ahead)


def _unsplit(words: Sequence[str]) -> list[str]:
    """bash splits "--engine=native" at the equals sign: here it is one word again."""
    joined: list[str] = []
    for word in words:
        if word == "=" and joined:
            joined[-1] += "="
        elif joined and joined[-1].startswith("--") and joined[-1].endswith("="):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _command(head: Parser, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The command among the words, and the words after it."""
    skip = False
    for number, word in enumerate(words):
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = head.wants_next(word)
        else:
            return word, list(words[number + 1 :])
    return None, []


def _parser(name: str) -> Parser:
    parser = Parser(f"shore {name}", COMMANDS[name].summary)
    import_module(f"longshore.cli.commands.{COMMANDS[name].module}").add_arguments(parser)
    add_globals(parser, hidden=True)
    return parser


def _value_or(
    parser: Parser,
    before: Sequence[str],
    current: str,
    otherwise: Callable[[], list[Candidate]],
    ahead: Sequence[str],
) -> list[Candidate]:
    """The values of the flag that stands before, flags, or what else fits. `ahead`: the words before the command."""
    flag = before[-1].rstrip("=") if before and before[-1].startswith("-") else ""
    if flag and (parser.wants_next(flag) or before[-1].endswith("=")):
        action = parser.option(flag)
        found: Iterable[Candidate] = _values(action, ahead) if action else ()
    elif current.startswith("-"):
        found = _flags(parser, short=current == "-")
    else:
        found = otherwise()
    return [(word, text) for word, text in found if word.startswith(current)]


def _commands() -> list[Candidate]:
    return [(name, command.summary) for name, command in COMMANDS.items() if command.group and " " not in name]


def _flags(parser: Parser, *, short: bool) -> list[Candidate]:
    found: dict[str, str] = {}
    for flag in parser.flags():
        action = parser.option(flag)
        if action and (flag.startswith("--") or short) and action.help != argparse.SUPPRESS:
            found[flag] = action.help or ""
    return list(found.items())


def _values(action: argparse.Action, ahead: Sequence[str]) -> list[Candidate]:
    if action.choices:
        return [(str(choice), "") for choice in action.choices]
    if action.dest == "engine":
        from longshore.flow.choice.engines import ENGINES

        return [(name, "") for name in ("auto", *ENGINES)]
    if action.dest in NAMES_OF_SERVICES:
        suffix = "=" if action.dest == "scale" else ""
        return [(name + suffix, "") for name in service_names(ahead)]
    return []


def _positional(parser: Parser, name: str, rest: Sequence[str], ahead: Sequence[str]) -> list[Candidate]:
    given = [
        word for number, word in enumerate(rest) if not word.startswith("-") and not _is_value(parser, rest, number)
    ]
    for action in parser.positionals():
        if action.dest in ("services", "service"):
            if name in AFTER_THE_SERVICE and given:
                return []
            return [(service, "") for service in service_names(ahead) if service not in given]
        if action.choices and not given:
            return [(str(choice), "") for choice in action.choices]
    return []


def _is_value(parser: Parser, rest: Sequence[str], number: int) -> bool:
    return number > 0 and rest[number - 1].startswith("-") and parser.wants_next(rest[number - 1])


def service_names(ahead: Sequence[str]) -> list[str]:
    """The services of the files that the words before the command mean; nothing when they cannot be read."""
    from longshore.compose.load import LoadOptions, load_project
    from longshore.model.errors import ShoreError

    head = Parser("shore")
    add_globals(head)
    try:
        known, _ = head.parse_known_args(list(ahead))
        project = load_project(
            LoadOptions(
                files=tuple(known.files or ()),
                project_directory=known.project_directory or "",
                profiles=("*",),
                env_files=tuple(known.env_files or ()),
                consistency=False,
                resolve_environment=False,
            )
        )
    except (ShoreError, OSError):
        return []
    return sorted(project.services)
