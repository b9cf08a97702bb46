"""A warm start of stacks/backend: `shore up -d --wait` against the same services started by hand as bare processes, in
the same order, readiness asked every 5 ms. Side by side: the two take turns in one run, on the same data.

    .venv/bin/python bench/backend_start.py [--runs 7]

Run it as root and as an ordinary user: the results are kept apart."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.e2e.backend_stack import Backend, copy_of_the_stack
from tests.shore import Shore

from bench.backend_bare import BareBackend
from bench.starts import Times, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        home = Path(name)
        stack = Backend(Shore(copy_of_the_stack(home / "tree"), home, project="backend"))
        try:
            stack.up("--build")
            stack.run("down")
            times = measure(stack, home, args.runs)
        finally:
            stack.shore.down()
    write("backend-start", "Warm start of stacks/backend", times, again_bar="0.3 s")


def measure(stack: Backend, home: Path, runs: int) -> Times:
    times = Times()
    for _ in range(runs):
        bare = BareBackend(stack.shore.folder, home / "data/longshore/volumes", stack.shore.cache)
        times.take(bare, stack.up, lambda: stack.shore.ok("-f", stack.file, "up", "-d", "--ports", "auto"))
        assert stack.run("down").code == 0
    return times


if __name__ == "__main__":
    main()
