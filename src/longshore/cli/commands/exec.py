"""`shore exec`: a command in a running service, with this terminal; ends with the command's own exit code."""

from __future__ import annotations

import argparse

from longshore.cli.arguments import Args, Parser, variable
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("-T", "--no-tty", "--no-TTY", action="store_true", help="no terminal for the command")
    parser.add_argument("-d", "--detach", action="store_true", help="do not wait for it")
    parser.add_argument(
        "-e", "--env", action="append", type=variable, default=[], metavar="NAME=VALUE", help="a variable"
    )
    parser.add_argument("-u", "--user", default="", metavar="USER", help="as this user: name, uid, uid:gid")
    parser.add_argument("-w", "--workdir", default="", metavar="DIR", help="in this folder")
    parser.add_argument("--index", type=int, default=0, metavar="N", help="in the container of that number")
    parser.add_argument("--privileged", action="store_true", help="with all privileges")
    parser.add_argument("-i", "--interactive", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("-t", "--tty", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")


def run(args: Args) -> int:
    from longshore.model.errors import UsageError

    if not args.command:
        raise UsageError("shore exec: no command", hint="for example shore exec SERVICE sh")
    return finish(_exec(args))


async def _exec(args: Args) -> int:
    from longshore.cli.tty import wants_tty
    from longshore.cli.where import where
    from longshore.engine.base import ExecRequest
    from longshore.flow.home import at_home, find_container, in_brief
    from longshore.model.variables import with_values

    place = where(args)
    from_outside = any(value is None for _, value in args.env)
    async with at_home(place) if from_outside else in_brief(place, [args.service]) as session:
        environment = session.stack.environment if session.stack else place.environ
        container = find_container(session, args.service, args.index)
        request = ExecRequest(
            argv=tuple(args.command),
            user=args.user,
            working_dir=args.workdir,
            environment=with_values(dict(args.env), environment),
            tty=wants_tty(args.no_tty, args.detach),
            detach=args.detach,
            privileged=args.privileged,
        )
        if args.dry_run:
            print(f"1  exec   {container.name}   {' '.join(args.command)}")
            return 0
        return await session.engine.execute(container, request)
