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
    parser.add_argument("--prune", nargs="?", help=argparse.SUPPRESS)


def run(args: Args) -> int:
    from longshore.cli.session import load_stack
    from longshore.cli.watching import watch

    return finish(watch(args, load_stack(args, args.services)))
