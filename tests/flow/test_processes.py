"""Processes of a container and what it used, from looks at them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.flow.processes import Process, Usage, processes_of, snapshot, usage
from longshore.state.observed import Container

TICKS = os.sysconf("SC_CLK_TCK")


def process(pid: int, parent: int = 0, ticks: int = 0, started: int = 0) -> Process:
    return Process(pid, parent, 0, ticks, started, 10_000, f"p{pid}")


NONE = 2**30
"""Numbers from here on belong to no process."""


def test_all_that_come_from_the_first_the_oldest_first() -> None:
    known = [(1, 0, 1), (5, 1, 9), (6, 5, 7), (7, 0, 2), (8, 1, 7)]
    every = {pid: process(pid, parent, started=started) for pid, parent, started in known}
    assert [one.pid for one in processes_of(Container("", "", "", pid=1), every)] == [1, 6, 8, 5]
    assert processes_of(Container("", "", "", pid=2), every) == []
    assert processes_of(Container("", "", "", pid=0), {**every, 0: process(0)}) == []


def test_what_was_used_between_two_looks() -> None:
    before = [process(NONE + 1, ticks=100), process(NONE + 2, ticks=50)]
    after = [process(NONE + 1, ticks=100 + TICKS), process(NONE + 3, ticks=999)]
    assert usage(before, after, 2.0) == Usage(50.0, 20_000, 2)
    assert usage([], [], 1.0) == Usage(0.0, 0, 0)


def test_this_process_as_it_is_seen() -> None:
    own = snapshot()[os.getpid()]
    assert (own.parent, own.uid) == (os.getppid(), os.getuid())
    words = Path("/proc/self/cmdline").read_bytes().split(b"\0")
    assert words[0].decode() in own.command
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    assert own.resident == pytest.approx(pages * os.sysconf("SC_PAGE_SIZE"), rel=0.1)
    assert own.started > 0
    assert own.ticks > 0
    kernel = snapshot().get(2)
    assert kernel is None or kernel.command
