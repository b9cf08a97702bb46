"""Runs of tests, each in a process forked from one that has what it needs. There are two roads.

`collected` has imported every test once; a mutation of a function is put into that function where it is (`patch`), its
tests run at once. What is done when a file is imported cannot be changed so: `Fresh` has only what takes long and is
not ours, and its children import the tests and the changed file."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest

__all__ = ["UNABLE", "Ended", "Fresh", "Session", "collected", "patch"]

MARKS = "not e2e and not pages"
UNABLE = 70
"""The code of what could not begin."""
LATE = "ignore::pytest.PytestAssertRewriteWarning"
"""Those are here before pytest can write their assertions anew, which it would warn of."""


class Ended(NamedTuple):
    """`code` is 0 where all passed, 1 where one failed, None for a run that took too long; `failed` its name."""

    code: int | None
    failed: str = ""


class Session:
    """Tests that are collected. `say` writes where people read, whatever pytest has made of the standard output."""

    def __init__(self, session: pytest.Session, scratch: Path, out: int) -> None:
        self._session, self._scratch, self._out = session, scratch, out
        self.items = {item.nodeid: item for item in session.items}

    def say(self, text: str) -> None:
        os.write(self._out, f"{text}\n".encode())

    def run(
        self, names: Sequence[str], patience: float, before: Callable[[], object] = lambda: None, plugin: Any = None
    ) -> Ended:
        """Run tests until one fails, after `before`, which raises ValueError where that cannot be done: code 70."""
        chosen = [self.items[name] for name in names if name in self.items]
        said = self._scratch / "failed"
        said.write_text("")

        def act() -> int:
            before()
            return self._act(chosen, said, plugin)

        code = _forked(act, patience)
        return Ended(code, said.read_text())

    def _act(self, chosen: list[pytest.Item], said: Path, plugin: Any) -> int:
        session = self._session
        manager = session.config.pluginmanager
        manager.unregister(manager.getplugin("terminalreporter"))  # it would write to where people read
        manager.register(_Names(said))
        if plugin is not None:
            manager.register(plugin)
        session.config.option.maxfail = 0 if plugin is not None else 1
        for number, item in enumerate(chosen):
            following = chosen[number + 1] if number + 1 < len(chosen) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed and plugin is None:
                return 1
        if plugin is not None:
            plugin.write()
        return 1 if session.testsfailed else 0


class _Names:
    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._file.write_text(report.nodeid)


class _Loop:
    def __init__(self, scratch: Path, out: int, act: Callable[[Session], None]) -> None:
        self._scratch, self._out, self._act = scratch, out, act

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        try:
            self._act(Session(session, self._scratch, self._out))
        except BaseException:
            os.write(self._out, traceback.format_exc().encode())
            raise
        return True


def collected(tree: Path, files: Sequence[str], act: Callable[[Session], None]) -> int:
    """Collect the tests of some files, paths in the tree, and let `act` run them."""
    out = os.dup(1)
    _into(tree)
    return int(pytest.main([*_words(tree), *files], plugins=[_Loop(tree.parent, out, act)]))


def _words(tree: Path) -> list[str]:
    base = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", MARKS, "-W", LATE]
    return [*base, "--continue-on-collection-errors", f"--basetemp={tree.parent}/pytest"]


def _into(tree: Path) -> None:
    os.chdir(tree)
    sys.path[:0] = [str(tree / "src"), str(tree)]


def patch(file: Path, changed: CodeType) -> None:
    """Put the functions of a file that was compiled anew, from the same lines, in the place of those that are here.
    ValueError where that cannot be done (two of one name on a line, other variables of the function around it)."""
    new: dict[tuple[str, int], list[CodeType]] = {}
    waiting = [changed]
    while waiting:
        code = waiting.pop()
        new.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(file):
            (one.__code__,) = new[one.__code__.co_qualname, one.__code__.co_firstlineno]


class Fresh:
    """A process that has no test and nothing of ours; it lives as long as this object."""

    def __init__(self, tree: Path) -> None:
        for name in ("hypothesis", "pytest_asyncio.plugin", "anyio.pytest_plugin", "yaml"):
            import_module(name)
        here, there = socket.socketpair()
        if not os.fork():
            here.close()
            _serve(tree, there)
            os._exit(0)
        there.close()
        self._asked = here.makefile("rw")

    def run(self, names: Sequence[str], patience: float) -> Ended:
        self._asked.write(json.dumps([[*names], patience]) + "\n")
        self._asked.flush()
        return Ended(*json.loads(self._asked.readline()))


def _serve(tree: Path, there: socket.socket) -> None:
    _into(tree)
    asked = there.makefile("rw")
    for line in asked:
        names, patience = json.loads(line)
        said = tree.parent / "failed-fresh"
        said.write_text("")
        code = _forked(lambda: _fresh(tree, names, said), patience)  # noqa: B023 – it is called at once
        asked.write(json.dumps([code, said.read_text()]) + "\n")
        asked.flush()


def _fresh(tree: Path, names: Sequence[str], said: Path) -> int:
    files = list(dict.fromkeys(name.partition("::")[0] for name in names))
    code = int(pytest.main([*_words(tree), "-x", *files], plugins=[_Names(said), _Chooser(names)]))
    return 0 if code in (0, 5) else 1


class _Chooser:
    """Leaves of what is collected the tests of that name, in that order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._order = {name: number for number, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(chosen, key=lambda item: self._order[item.nodeid])


def _forked(act: Callable[[], int], patience: float) -> int | None:
    """The code that `act` gives in a child; None for one that did not end in that many seconds; 70 for one that could
    not begin."""
    child = os.fork()
    if not child:
        _child(act)
    watched = os.pidfd_open(child)
    try:
        over = bool(select.select([watched], [], [], patience)[0])
        _end_group(child)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(watched)
    return os.waitstatus_to_exitcode(status) if over else None


def _child(act: Callable[[], int]) -> None:
    """Never returns."""
    code = UNABLE
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nothing, descriptor)
        code = act()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _end_group(leader: int) -> None:
    """Whatever the run has left, and the run itself where it has not ended."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
