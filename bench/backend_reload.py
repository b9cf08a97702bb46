"""A saved Python file of stacks/backend: from the save to the first answer that shows it, under the native engine and
with the same services as bare processes. The two take turns in one run.

    .venv/bin/python bench/backend_reload.py [--edits 10]

Run it as root and as an ordinary user: the results are kept apart."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.e2e.backend_stack import Backend, copy_of_the_stack
from tests.shore import Shore

from bench.backend_bare import running
from bench.bare import ask, wait_for
from bench.machine import median, table, whom

BAR = "0.8 to 1.2"
EDITED = "apps/core/health.py"
QUESTION = b"GET /api/v1/health/live/ HTTP/1.0\r\nHost: localhost\r\n\r\n"
REST_SECONDS = 1.0
"""Between edits, so that each finds a server that has settled."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        by_hand, by_shore = measure(Path(name), args.edits)
    short, long = whom()
    table(
        f"backend-reload-{short}",
        f"Edit to answer, stacks/backend, as {long}",
        ["what", f"median of {args.edits}", "against bare processes", "bar"],
        [
            ["bare processes", f"{median(by_hand):.2f} s", "1", ""],
            ["native engine", f"{median(by_shore):.2f} s", f"{median(by_shore) / median(by_hand):.2f}", BAR],
        ],
    )


def measure(home: Path, edits: int) -> tuple[list[float], list[float]]:
    """Two copies of the tree, so that an edit of one is not seen by the other; two sets of volumes."""
    first = Backend(Shore(copy_of_the_stack(home / "bare/tree"), home / "bare", project="backend"))
    second = Backend(Shore(copy_of_the_stack(home / "shore/tree"), home / "shore", project="backend"))
    try:
        first.up("--build")
        first.run("down")
        second.up()
        port = second.port("backend", 8000)
        with running(first.shore.folder, home / "bare/data/longshore/volumes", first.shore.cache) as bare:
            by_hand, by_shore = [], []
            for number in range(edits):
                by_hand.append(edit_to_answer(first.shore.folder, bare.port, number))
                by_shore.append(edit_to_answer(second.shore.folder, port, number))
            return by_hand, by_shore
    finally:
        first.shore.down()
        second.shore.down()


def edit_to_answer(folder: Path, port: int, number: int) -> float:
    path, mark = folder / EDITED, f"edit-{number}-{time.monotonic_ns()}"
    text = path.read_text()
    changed = text.replace('JsonResponse({"status": "ok"})', f'JsonResponse({{"status": "{mark}"}})')
    began = time.perf_counter()
    path.write_text(changed)
    wait_for(lambda: mark.encode() in ask(port, QUESTION))
    seconds = time.perf_counter() - began
    time.sleep(REST_SECONDS)
    path.write_text(text)
    wait_for(lambda: b'"ok"' in ask(port, QUESTION))
    time.sleep(REST_SECONDS)
    return seconds


if __name__ == "__main__":
    main()
