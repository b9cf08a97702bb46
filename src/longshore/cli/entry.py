"""The program `shore`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

from longshore.cli.prestart import prepare_agent

__all__ = ["entry"]


def entry() -> NoReturn:
    """Run the command line of this process. It ends without the interpreter's own clearing up, which takes longer than
    many a command: everything has been closed by then, and memory is the kernel's."""
    gc.set_threshold(50_000)  # a start is mostly imports, and nothing of them is garbage
    try:
        prepare_agent(sys.argv[1:])
        from longshore.cli.main import finished, main

        code = finished(main(sys.argv[1:]))
    except KeyboardInterrupt:
        code = 130
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)
