"""Finds the command, reads its options, runs it, and turns what went wrong into lines and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser, add_globals
from longshore.cli.table import COMMANDS, GROUPS

if TYPE_CHECKING:
    from longshore.model.errors import NotHereError

__all__ = ["finished", "main"]

INTERRUPTED, BROKEN_PIPE = 130, 141


def main(argv: Sequence[str], otherwise: Callable[[NotHereError], int | None] | None = None) -> int:
    """Run one command line; the exit code. `otherwise` may answer for a command or flag that is not here."""
    debug = "--debug" in argv
    try:
        return _dispatch(argv)
    except KeyboardInterrupt:
        if debug:
            raise
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:
        from longshore.cli.errors import report
        from longshore.model.errors import NotHereError

        code = otherwise(error) if otherwise and isinstance(error, NotHereError) else None
        return report(error, debug=debug) if code is None else code


def finished(code: int) -> int:
    """The exit code once all output is out: nobody may be left who reads it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_gone()
    return code


def _dispatch(argv: Sequence[str]) -> int:
    head = _head_parser()
    args = head.read(argv)
    if args.version:
        return _run("version", [], args)
    if args.command == "help" and args.rest:
        return _run(_known(args.rest)[0], ["-h"], args)
    if args.help or args.command in (None, "help"):
        return _help(head)
    args.command, rest = _known([args.command, *args.rest])
    return _run(args.command, rest, args)


def _head_parser() -> Parser:
    """What stands before the command, the command, and all after it as it is."""
    parser = Parser("shore", usage="shore [options] command [arguments]", own_help=True)
    add_globals(parser)
    parser.add_argument("-v", "--version", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _known(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The command that the words begin with, and the rest of them."""
    for count in (2, 1):
        name = " ".join(words[:count])
        if name in COMMANDS:
            return name, words[count:]
    name = words[0]
    from longshore.model.errors import NotHereError
    from longshore.model.nearest import nearest

    close = nearest(name, (known for known, command in COMMANDS.items() if command.group))
    raise NotHereError(f"{name!r} is not a command", hint=f"did you mean {close}?" if close else "see shore -h")


def _run(name: str, rest: Sequence[str], into: Args) -> int:
    if not COMMANDS[name].module:
        from longshore.cli.refused import refuse

        raise refuse(name)
    module = import_module(f"longshore.cli.commands.{COMMANDS[name].module}")
    parser = Parser(f"shore {name}", COMMANDS[name].summary)
    module.add_arguments(parser)
    if not name.startswith("__"):
        add_globals(parser, hidden=True)
    code: int = module.run(parser.read(rest, into))
    return code


def _help(head: Parser) -> int:
    lines = [
        "Longshore: from a Compose file to a running stack.",
        "",
        "usage: shore [options] command [arguments]",
    ]
    for group, title in GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [f"  {name:<12}{command.summary}" for name, command in COMMANDS.items() if command.group == group]
    options = head.format_help().split("\n\n", 1)[1]
    print("\n".join([*lines, "", options.rstrip(), "", "shore COMMAND -h tells more about a command."]))
    return 0


def _reader_gone() -> int:
    """Whoever read our output has closed it: end quietly, and keep the interpreter from complaining at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE
