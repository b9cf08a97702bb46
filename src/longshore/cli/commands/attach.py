"""`shore attach`: this terminal joined to a service that runs, until one of them ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.state.events import LogLine

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("--index", type=int, default=0, metavar="N", help="the container of that number")
    parser.add_argument("--no-stdin", action="store_true", help="pass nothing on to it")
    parser.add_argument("--detach-keys", default="", metavar="KEYS", help="what ends this on a terminal: ctrl-p,ctrl-q")
    parser.add_argument("--sig-proxy", action="store_true", default=True,
                        help="pass signals on to it; --sig-proxy=false: they end this command")  # fmt: skip


def run(args: Args) -> int:
    return finish(_attach(args))


async def _attach(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.home import find_container, in_brief
    from longshore.flow.join import Joining, join

    async with in_brief(where(args), [args.service]) as session:
        container = find_container(session, args.service, args.index)
        if args.dry_run:
            print(f"attach  {container.name}")
            return 0
        joining = Joining(stdin=not args.no_stdin, detach_keys=args.detach_keys, signals=args.sig_proxy)
        return await join(session, container, joining, _write)


def _write(line: LogLine) -> None:
    out = sys.stdout if line.stream == "stdout" else sys.stderr
    out.write(line.text + "\n")
    out.flush()
