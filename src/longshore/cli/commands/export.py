"""`shore export`: a service's whole file system as a tar archive."""

from __future__ import annotations

import sys

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file, not to standard output")
    parser.add_argument("--index", type=int, default=0, metavar="N", help="the container of that number")


def run(args: Args) -> int:
    return finish(_export(args))


async def _export(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.export import archive_to, exported
    from longshore.flow.home import find_container, in_brief
    from longshore.model.errors import UsageError

    if not args.output and sys.stdout.isatty():
        raise UsageError("shore export: an archive is not for a terminal", hint="name a file with -o")
    async with in_brief(where(args), [args.service]) as session:
        container = find_container(session, args.service, args.index)
        if args.dry_run:
            print(f"export  {container.name}  to  {args.output or 'standard output'}")
        elif args.output:
            with archive_to(args.output) as file:
                await exported(session.engine, container, file)
        else:
            await exported(session.engine, container, sys.stdout.buffer)
    return 0
