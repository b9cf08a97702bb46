"""`shore` as a process of its own on an engine in memory: `python -m tests.cli.program SCENE ARGUMENT…`."""

from __future__ import annotations

import sys

from longshore.cli import main, session
from tests.cli.scenes import SCENES, Only


def run() -> int:
    scene = SCENES[sys.argv[1]]()
    session.make_engines = lambda environ: Only(scene.engine)  # type: ignore[assignment]
    session.load_stack = lambda args, services=(): scene.stack  # type: ignore[assignment]
    return main.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(run())
