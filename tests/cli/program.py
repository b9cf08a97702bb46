"""`shore` as a process of its own on an engine in memory: `python -m tests.cli.program SCENE ARGUMENT…`."""

from __future__ import annotations

import sys

from longshore.cli import main
from longshore.cli import where as options
from longshore.flow import home
from tests.cli.scenes import SCENES, Only


def run() -> int:
    scene = SCENES[sys.argv[1]]()
    options.make_engines = lambda environ, **_: Only(scene.engine)  # type: ignore[assignment]
    home.load_stack = lambda where, services=(): scene.stack  # type: ignore[assignment]
    return main.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(run())
