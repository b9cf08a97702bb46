"""A warm start of stacks/backend: `shore up -d --wait` against the same services started by hand as bare processes, in
the same order, readiness asked every 5 ms. Side by side: the two take turns in one run, on the same data.

    .venv/bin/python bench/backend_start.py [--runs 7]

Run it as root and as an ordinary user: the results are kept apart."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.e2e.backend_stack import Backend, copy_of_the_stack
from tests.shore import Shore

from bench.backend_bare import BareBackend
from bench.machine import median, table, timed

BAR = 1.25


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
            by_shore, by_hand, again = measure(stack, home, args.runs)
        finally:
            stack.shore.down()
    ratio = median([shore / hand for shore, hand in zip(by_shore, by_hand, strict=True)])
    who = "root" if os.geteuid() == 0 else "user"
    table(
        f"backend-start-{who}",
        f"Warm start of stacks/backend, as {'root' if who == 'root' else 'an ordinary user'}",
        ["what", f"median of {args.runs}", "against bare processes", "bar"],
        [
            ["bare processes, readiness asked every 5 ms", f"{median(by_hand):.2f} s", "1", ""],
            ["shore up -d --wait", f"{median(by_shore):.2f} s", f"{ratio:.2f}", f"{BAR}"],
            ["shore up -d on the running stack", f"{median(again):.2f} s", "", "0.3 s"],
        ],
    )


def measure(stack: Backend, home: Path, runs: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of each start by shore, of each by hand, and of each `up` that finds everything running."""
    by_shore, by_hand, again = [], [], []
    for _ in range(runs):
        bare = BareBackend(stack.shore.folder, home / "data/longshore/volumes", stack.shore.cache)
        try:
            by_hand.append(timed(bare.start))
        finally:
            bare.stop()
        by_shore.append(timed(stack.up))
        again.append(timed(lambda: stack.shore.ok("-f", stack.file, "up", "-d", "--ports", "auto")))
        assert stack.run("down").code == 0
    return by_shore, by_hand, again


if __name__ == "__main__":
    main()
