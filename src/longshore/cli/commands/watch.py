"""`shore watch`: act on changed files as `develop.watch` says."""

from __future__ import annotations

import argparse

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--no-up", action="store_true", help="do not bring the services up first")
    parser.add_argument("--quiet", action="store_true", help="no output of builds")
    parser.add_argument("--prune", action="store_true", default=True, help=argparse.SUPPRESS)


def run(args: Args) -> int:
    return finish(_watch(args))


async def _watch(args: Args) -> int:
    from longshore.cli.screens import QUIET_BUILD, Screens
    from longshore.cli.where import where
    from longshore.flow.home import load_stack
    from longshore.flow.watch import watch

    place = where(args)
    screens = Screens(args, hushed=QUIET_BUILD if args.quiet else frozenset())
    await watch(place, load_stack(place, args.services), screens, bring_up=not args.no_up)
    return 0
