"""`shore commit`: an image of what a service's container has become."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("reference", nargs="?", default="", metavar="REPOSITORY[:TAG]")
    parser.add_argument("-a", "--author", default="", metavar="TEXT", help="who made it")
    parser.add_argument("-c", "--change", action="append", default=[], metavar="INSTRUCTION", help="CMD, ENV, USER, …")
    parser.add_argument("-m", "--message", default="", metavar="TEXT", help="what it is")
    parser.add_argument("-p", "--pause", action="store_true", default=True,
                        help="hold the container meanwhile; --pause=false does not")  # fmt: skip
    parser.add_argument("--index", type=int, default=0, metavar="N", help="the container of that number")


def run(args: Args) -> int:
    return finish(_commit(args))


async def _commit(args: Args) -> int:
    from longshore.cli.where import say, where
    from longshore.engine.capabilities import Committing, committing
    from longshore.flow.home import find_container, in_brief

    async with in_brief(where(args), [args.service]) as session:
        container = find_container(session, args.service, args.index)
        if args.dry_run:
            print(f"commit  {container.name}  as  {args.reference or 'an image without a name'}")
            return 0
        asked = Committing(args.reference, args.author, args.message, tuple(args.change), args.pause)
        identity = await committing(session.engine).commit(container, asked)
        say(f"{container.name} is the image {args.reference or identity}")
    return 0
