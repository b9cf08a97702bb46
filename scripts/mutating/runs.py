"""Runs of tests, each in a process of its own, forked from this one: pytest and what else takes long is imported once."""

from __future__ import annotations

import os
import select
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

__all__ = ["Chooser", "Ended", "run", "warm"]

MARKS = "not e2e and not pages"
LATE = "ignore::pytest.PytestAssertRewriteWarning"
"""Those are here before pytest can write their assertions anew, which it would warn of."""


def warm() -> None:
    """Import here, once, what takes every run long: the plugins and what most tests use."""
    for name in ("hypothesis", "pytest_asyncio.plugin", "anyio.pytest_plugin", "yaml"):
        import_module(name)


class Ended(NamedTuple):
    """`code` is pytest's exit code, None for a run that took too long; `said` the end of what it wrote."""

    code: int | None
    said: str


class Chooser:
    """Leaves of what is collected the tests of that name, in that order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._order = {name: number for number, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(chosen, key=lambda item: self._order[item.nodeid])


def run(tree: Path, files: Sequence[str], plugin: object, patience: float, *words: str) -> Ended:
    """Run the tests of some files, paths in the tree, with a plugin."""
    said = tree.parent / "said"
    child = os.fork()
    if not child:
        _child(tree, files, plugin, said, words)
    watched = os.pidfd_open(child)
    try:
        over = bool(select.select([watched], [], [], patience)[0])
        _end_group(child)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(watched)
    return Ended(os.waitstatus_to_exitcode(status) if over else None, said.read_text(errors="replace")[-3000:])


def _child(tree: Path, files: Sequence[str], plugin: object, said: Path, words: Sequence[str]) -> None:
    """Never returns."""
    code = 70
    try:
        os.setsid()
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.chdir(tree)
        sys.path[:0] = [str(tree / "src"), str(tree)]
        base = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", MARKS, "-W", LATE, f"--basetemp={tree.parent}/pytest"]
        code = int(pytest.main([*base, *words, *files], plugins=[plugin]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_group(leader: int) -> None:
    """Whatever the run has left, and the run itself where it has not ended."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
