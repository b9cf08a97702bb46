"""Commands of Docker Compose that are refused by name."""

from __future__ import annotations

import argparse

from longshore.cli.arguments import Args, Parser
from longshore.cli.refused import refuse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(args: Args) -> int:
    raise refuse(args.command)
