"""What machine a figure was taken on, in one line; and how results are written."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["RESULTS", "describe", "median", "table", "timed", "whom"]

RESULTS = Path(__file__).parent


def describe() -> str:
    """Processor count, memory, kernel and interpreter of this machine."""
    with open("/proc/meminfo") as file:
        gib = int(file.readline().split()[1]) / 2**20
    return (
        f"{os.cpu_count()} cores, {gib:.0f} GiB, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}, load average {os.getloadavg()[1]:.1f}"
    )


def whom() -> tuple[str, str]:
    """As whom this runs: for a file's name, and in words."""
    return ("root", "root") if os.geteuid() == 0 else ("user", "an ordinary user")


def timed(action: Callable[[], object]) -> float:
    """Seconds that `action` takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(name: str, title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write bench/results/NAME.md and print it."""
    lines = [f"# {title}", "", describe(), "", f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    folder = RESULTS / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
