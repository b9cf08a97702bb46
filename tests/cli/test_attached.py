"""Attached `up` as a process of its own: Ctrl-C and SIGTERM stop, a second one kills; a lock keeps two apart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.e2e  # real processes, signals and time limits


def _start(scene: str, *words: str, **extra: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "tests.cli.program", scene, *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **extra},
    )  # fmt: skip


@pytest.fixture
def attached() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def _until(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"{word!r} was never said: {process.communicate()}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything(attached: list[subprocess.Popen[str]], number: signal.Signals) -> None:
    process = _start("gallery", "up")
    attached.append(process)
    _until(process, "start worker processes")
    process.send_signal(number)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopping; Ctrl-C once more kills" in told
    for name in ("db", "backend", "frontend", "nginx"):
        assert f"{name}: stopped" in told
    assert told.index("nginx: stopped") < told.index("db: stopped")


def test_up_ends_when_nobody_reads_its_logs_any_longer(attached: list[subprocess.Popen[str]]) -> None:
    """`shore up | head -1` hung for ever, deaf to what the services wrote."""
    process = _start("gallery", "up")
    attached.append(process)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=20) == 141
    assert "Traceback" not in process.stderr.read()


def test_a_signal_while_things_still_start(attached: list[subprocess.Popen[str]]) -> None:
    process = _start("slow_start", "up")
    attached.append(process)
    _until(process, "still at it")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "db: stopped" in told
    assert "backend: starting" not in told


def test_a_second_signal_kills(attached: list[subprocess.Popen[str]]) -> None:
    process = _start("deaf", "up")
    attached.append(process)
    _until(process, "up")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "web: stopped" in told


def test_the_second_up_waits_for_the_first(attached: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    first = _start("slow_start", "up", "-d", "--wait", XDG_STATE_HOME=str(tmp_path))
    attached.append(first)
    lock = tmp_path / "longshore/.locks/demo"
    deadline = time.monotonic() + 20
    while not (lock.exists() and lock.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    second = _start("gallery", "up", "-d", XDG_STATE_HOME=str(tmp_path))
    attached.append(second)
    assert second.stderr
    assert second.stderr.readline() == f"waiting: another command works on demo (shore up, pid {first.pid})\n"
    assert second.poll() is None
    first.kill()
    assert second.wait(20) == 0


def test_interrupted_while_waiting_for_the_lock(attached: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    first = _start("slow_start", "up", "-d", "--wait", XDG_STATE_HOME=str(tmp_path))
    attached.append(first)
    lock = tmp_path / "longshore/.locks/demo"
    deadline = time.monotonic() + 20
    while not (lock.exists() and lock.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    second = _start("gallery", "up", "-d", XDG_STATE_HOME=str(tmp_path))
    attached.append(second)
    assert second.stderr
    second.stderr.readline()
    second.send_signal(signal.SIGINT)
    assert second.wait(10) == 130
