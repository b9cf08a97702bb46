"""A warm start of stacks/accounts, shop and assistant, development form: `shore up -d --wait` against the same services
as bare processes (bench/stack_bare.py), side by side: the two take turns in one run, on the same data. And the memory
that the whole stack takes when it has started.

    .venv/bin/python bench/stack_start.py [--runs 5] [STACK…]

Run it as root and as an ordinary user: the results are kept apart."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.e2e.private import copied, fresh_env
from tests.shore import Shore

from bench.machine import median
from bench.starts import Times, write

FILE = "docker-compose.yml"
PROJECTS = {"accounts": "accounts", "shop": "shop", "assistant": "systech-aidd"}
"""As the files name them: the bare services use the same volumes."""
BARS = {"assistant": ("5 s (its report: 10 s)", "300 MB (its report)")}
NOT_COPIED = ("node_modules", "dist", ".next", ".pytest_cache")


class Apart:
    """The bare stack, in a process and a network of its own."""

    def __init__(self, shore: Shore) -> None:
        alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "-r", "--net"]
        words = [str(shore.folder), FILE, str(shore.home / "data/longshore/volumes"), shore.cache]
        self.process = subprocess.Popen(
            [*alone, sys.executable, str(Path(__file__).with_name("stack_bare.py")), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._hear("prepared")

    def start(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self._hear("ready")

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(60) == 0

    def _hear(self, word: str) -> None:
        assert self.process.stdout
        said = self.process.stdout.readline()
        assert said == f"{word}\n", f"the bare stack said {said!r} in place of {word}"


def memory(top: str) -> float:
    """Bytes of all processes that `shore top` printed; what several share is counted in parts (the kernel's Pss)."""
    pids = {int(row.split()[1]) for row in top.splitlines()[1:] if row.split()}
    kib = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        kib += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kib * 1024.0


def measure(stack: str, runs: int, home: Path) -> None:
    home.chmod(0o755)
    shore = Shore(copied(stack, home / "tree", *NOT_COPIED), home, project=PROJECTS[stack])
    fresh_env(shore.folder)
    times, held = Times(), [0.0]
    up = ("up", "-d", "--wait", "--ports", "auto")
    try:
        shore.ok(*up, "--build", timeout=900)
        shore.ok("down")
        for _ in range(runs):
            times.take(Apart(shore), lambda: shore.ok(*up), lambda: shore.ok("up", "-d", "--ports", "auto"))
            assert {row["Health"] for row in shore.ps() if row["State"] == "running"} == {"healthy"}
            held.append(memory(shore.ok("top").out))
            shore.ok("down")
    finally:
        shore.down()
    bars = BARS.get(stack, ("", ""))
    beside = [
        ["until all is ready", f"{median(times.by_shore):.2f} s", "", bars[0]],
        ["memory of all processes", f"{median(held[1:]) / 1e6:.0f} MB", "", bars[1]],
    ]
    write(f"{stack}-start-development", f"Warm start of stacks/{stack}, development form", times, beside=beside)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stacks", nargs="*", metavar="STACK", help=f"of {', '.join(PROJECTS)}; all without words")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    for stack in args.stacks or PROJECTS:
        with tempfile.TemporaryDirectory(prefix="shore-") as name:
            measure(stack, args.runs, Path(name))


if __name__ == "__main__":
    main()
