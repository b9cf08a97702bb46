"""`shore cp`: copy files between a service and this machine."""

from __future__ import annotations

import sys

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run", "split"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("source", metavar="SERVICE:PATH|PATH|-")
    parser.add_argument("target", metavar="PATH|SERVICE:PATH|-")
    parser.add_argument("-a", "--archive", action="store_true", help="keep owners")
    parser.add_argument("-L", "--follow-link", action="store_true", help="copy what a link points to")
    parser.add_argument("--index", type=int, default=0, metavar="N", help="of the container of that number")
    parser.add_argument("--all", action="store_true", help="also containers of shore run")


def run(args: Args) -> int:
    from longshore.model.errors import UsageError

    (from_service, source), (to_service, target) = split(args.source), split(args.target)
    if bool(from_service) == bool(to_service) or not source or not target:
        raise UsageError("shore cp: one side must be SERVICE:PATH", hint="for example shore cp web:/app/log.txt .")
    return finish(_copy(args, (from_service, source), (to_service, target)))


async def _copy(args: Args, source: tuple[str, str], target: tuple[str, str]) -> int:
    """Each a service, "" for this machine, and a path."""
    from longshore.cli.where import where
    from longshore.flow.copy import Copying, from_service, to_service
    from longshore.flow.home import in_brief

    if args.dry_run:
        print(f"copy  {args.source}  to  {args.target}")
        return 0
    asked = Copying(args.follow_link, args.archive, args.index, args.all)
    async with in_brief(where(args), [source[0] or target[0]]) as session:
        if source[0]:
            await from_service(session, *source, target[1], asked, sys.stdout.buffer)
        else:
            await to_service(session, source[1], *target, asked)
    sys.stdout.flush()
    return 0


def split(word: str) -> tuple[str, str]:
    """SERVICE:PATH as a pair; ("", PATH) for a path on this machine ("./a:b" is one, and so is "-")."""
    service, colon, path = word.partition(":")
    return (service, path) if colon and "/" not in service and not service.startswith(".") else ("", word)
