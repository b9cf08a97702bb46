"""`shore new`: begin a stack of one's own."""

from __future__ import annotations

from pathlib import Path

from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("stack", nargs="?", metavar="STACK", help="what to begin with: see --list")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the new folder, and the project's name")
    parser.add_argument("--list", action="store_true", help="the stacks there are, a line each")


def run(args: Args) -> int:
    from longshore.flow.newstack import BEGINNINGS, begin, find_beginning
    from longshore.model.errors import UsageError

    if args.list:
        width = max(len(one.name) for one in BEGINNINGS) + 2
        print("\n".join(f"{one.name:<{width}}{one.line}" for one in BEGINNINGS))
        return 0
    if not args.stack or not args.name:
        raise UsageError("shore new: a stack and a name", hint="shore new gallery my-photos; all: shore new --list")
    one = find_beginning(args.stack)
    folder = Path(args.name)
    if args.dry_run:
        print(f"copy  {one.name}  to  {folder.absolute()}")
        return 0
    begin(one, folder.absolute())
    print(f"{folder} is a copy of {one.name}, with fresh secrets in {folder}/.env\n  cd {folder} && {one.up}")
    return 0
