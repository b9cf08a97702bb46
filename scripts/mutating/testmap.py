"""Which test calls which function: so that a mutation is shown to the tests that can notice it, and to no others.

A pytest plugin (`Recorder`) and, for the processes that tests start, what `sitecustomize` runs (`follow`)."""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["SITE", "Recorder", "follow"]

FOLDER = "MUTATE_SEEN"
"""The variable that says where processes leave what they called."""
SITE = "from mutating.testmap import follow\n\nfollow()\n"
"""The text of `sitecustomize.py`."""


class _Seen:
    """The functions under a folder that were called, as "file:first line"."""

    def __init__(self, folder: str) -> None:
        self._folder, self.found = folder, set[tuple[str, int]]()

    def __call__(self, frame: Any, event: str, value: Any) -> None:
        code = frame.f_code
        if code.co_filename.startswith(self._folder):
            self.found.add((code.co_filename, code.co_firstlineno))

    def begin(self) -> None:
        self.found = set()
        threading.settrace(self)
        sys.settrace(self)

    def end(self) -> list[str]:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        return sorted(f"{name.removeprefix(self._folder)}:{line}" for name, line in self.found)


class Recorder:
    """Writes, for every test that passes, what it called and how long it took, to `file`."""

    def __init__(self, source: str, file: Path) -> None:
        self._seen, self._file = _Seen(source), file
        self.tests: dict[str, tuple[list[str], float]] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        folder = Path(os.environ[FOLDER])
        began = time.monotonic()
        self._seen.begin()
        try:
            return (yield)
        finally:
            called = set(self._seen.end())
            for file in folder.iterdir():
                called |= set(json.loads(file.read_text() or "[]"))
                file.unlink()
            if item.nodeid not in self.failed:
                self.tests[item.nodeid] = sorted(called), round(time.monotonic() - began, 3)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._file.write_text(json.dumps({"tests": self.tests, "failed": sorted(self.failed)}))


def follow() -> None:
    """Note what this process calls, where somebody asks for that."""
    folder, source = os.environ.get(FOLDER), os.environ.get("MUTATE_SOURCE", "")
    if not folder:
        return
    seen = _Seen(source)

    def leave() -> None:
        (Path(folder) / f"{os.getpid()}-{time.monotonic_ns()}").write_text(json.dumps(seen.end()))

    seen.begin()
    atexit.register(leave)
