"""`shore __put-back FOLDER`: waits for the end of the verify that started it, and puts back the file that it was
killed over."""

from __future__ import annotations

import os
from pathlib import Path

from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("folder")


def run(args: Args) -> int:
    from longshore.verify.aftercare import await_end
    from longshore.verify.reloading.journal import put_back_abandoned

    await_end()
    put_back_abandoned(dict(os.environ), Path(args.folder))
    return 0
