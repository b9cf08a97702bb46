"""`shore __keep FOLDER`: waits for the end of the verify that started it, and removes what that left of its copy."""

from __future__ import annotations

import os

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("folder")


def run(args: Args) -> int:
    from longshore.verify.aftercare import await_end

    await_end()
    if not os.path.exists(args.folder):  # noqa: PTH110
        return 0
    return finish(_keep(args.folder))


async def _keep(folder: str) -> int:
    from longshore.verify.fresh.removal import keep

    await keep(folder, dict(os.environ))
    return 0
