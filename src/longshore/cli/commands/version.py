"""`shore version`."""

from __future__ import annotations

import longshore
from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("-f", "--format", choices=("pretty", "json"), metavar="pretty|json", help="how to print it")
    parser.add_argument("--short", action="store_true", help="the number only")


def run(args: Args) -> int:
    number = longshore.__version__
    if getattr(args, "short", False):
        print(number)
    elif getattr(args, "format", None) == "json":
        print(f'{{"version":"v{number}"}}')
    else:
        print(f"Longshore version {number}")
    return 0
