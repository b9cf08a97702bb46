"""`python -m longshore.native.agent PROJECT [many]`: the agent of one project; `many`: of an ordinary user, with many
ids. It loads, waits for one byte on standard input (an end of file means that nobody wants it), and writes to standard
output "ready", or why it cannot start. The XDG variables say where things are kept."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]


def main(project: str, ids: str = "one") -> None:
    """Leave the command that started us behind, then be the agent until there is nothing left to do."""
    if os.fork():
        os._exit(0)
    gc.disable()  # until all is loaded: nothing of that is garbage
    os.setsid()
    os.umask(0o077)
    os.chdir("/")
    sys.modules["ssl"] = None  # type: ignore[assignment]  # asyncio can do without, and loads a tenth faster
    from longshore.native.agent.run import run

    run(project, mapped=ids == "many")


if __name__ == "__main__":
    main(*sys.argv[1:])
