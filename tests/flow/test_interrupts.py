"""Ctrl-C as a flow answers it, and the lock that keeps two commands apart."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from pathlib import Path

from longshore.flow.interrupts import interrupts
from longshore.flow.lock import lock_path, project_lock


async def test_the_first_signal_asks_and_each_further_one_again() -> None:
    heard: list[str] = []
    async with interrupts(lambda: heard.append("asked"), lambda: heard.append("again")):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.02)
    assert heard == ["asked", "again", "again"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path)}


async def test_the_lock_says_who_has_it_and_is_free_after(tmp_path: Path) -> None:
    heard: list[str] = []
    path = lock_path("demo", environ(tmp_path))
    assert path == tmp_path / "longshore/.locks/demo"
    async with project_lock("demo", "up", environ(tmp_path), heard.append):
        assert path.read_text() == f"shore up, pid {os.getpid()}"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        async with project_lock("other", "up", environ(tmp_path), heard.append):
            pass
    async with project_lock("demo", "rm", environ(tmp_path), heard.append):
        assert path.read_text() == f"shore rm, pid {os.getpid()}", "shorter words leave nothing of the longer"
    assert heard == []


async def test_who_comes_second_is_told_once_and_waits(tmp_path: Path) -> None:
    heard: list[str] = []
    path = lock_path("demo", environ(tmp_path))
    path.parent.mkdir(parents=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        asyncio.get_running_loop().call_later(0.1, fcntl.flock, held, fcntl.LOCK_UN)
        async with project_lock("demo", "up", environ(tmp_path), heard.append):
            assert path.read_text().startswith("shore up")
    assert heard == ["waiting: another command works on demo (not known which)"]
