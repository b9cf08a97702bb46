"""Which test calls which function: so that a mutation is shown to the tests that can notice it, and to no others."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from mutating.calls import FOLDER, Seen

__all__ = ["Recorder"]


class Recorder:
    """Writes, for every test that passes, what it called and how long it took, to `file`."""

    def __init__(self, source: str, file: Path) -> None:
        self._seen, self._file = Seen(source), file
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

    def write(self) -> None:
        self._file.write_text(json.dumps({"tests": self.tests, "failed": sorted(self.failed)}))
