"""`shore unpause`: let paused services go on."""

from __future__ import annotations

from longshore.cli.arguments import Args
from longshore.cli.commands.pause import add_arguments, hold

__all__ = ["add_arguments", "run"]


def run(args: Args) -> int:
    return hold(args, "unpause", "nothing is paused")
