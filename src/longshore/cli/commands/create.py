"""`shore create`: make containers without starting them."""

from __future__ import annotations

import time

from longshore.cli.arguments import Args, Parser
from longshore.cli.commands.up import add_convergence
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these and what they need")
    parser.add_argument("-y", "--yes", action="store_true", help="answer yes to all questions")
    parser.set_defaults(no_start=True, detach=True, wait=False)
    add_convergence(parser)


def run(args: Args) -> int:
    from longshore.cli.launch import launch

    return finish(launch(args, time.time()))
