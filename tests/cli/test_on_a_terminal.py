"""`exec`, `run`, `up` and `ps` on a real terminal and the real native engine."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

FILE = """\
services:
  one:
    image: python:3.11-slim
    command: sh -c "echo one is here; sleep 600"
    healthcheck: {test: ["CMD", "true"], interval: 10s}
    init: true
  two:
    image: python:3.11-slim
    command: sh -c "echo two is here; sleep 600"
    init: true
    depends_on: {one: {condition: service_healthy}}
"""


class Terminal:
    """A program on a pseudo-terminal of 80 columns and 24 lines; `read` collects what it shows."""

    def __init__(self, shore: Shore, *words: str) -> None:
        self.master, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            shore.argv(*words), cwd=shore.folder, env={**shore.env, "TERM": "xterm"},
            stdin=side, stdout=side, stderr=side, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(side)
        self.shown = ""

    def until(self, pattern: str, seconds: float = 120) -> str:
        os.set_blocking(self.master, False)
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.shown):
            assert time.monotonic() < deadline, f"{pattern!r} was never shown:\n{self.shown}"
            try:
                self.shown += os.read(self.master, 65536).decode(errors="replace")
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        assert re.search(pattern, self.shown), self.shown
        return self.shown

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self, seconds: float = 60) -> int:
        """Its exit code, once all that it wrote has been read."""
        deadline = time.monotonic() + seconds
        ended = False
        while time.monotonic() < deadline:
            try:
                self.shown += os.read(self.master, 65536).decode(errors="replace")
            except OSError:
                if ended:
                    break
                ended = self.process.poll() is not None
                time.sleep(0.02)
        return self.process.wait(1)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def shore(tmp_path: Path) -> Iterator[Shore]:
    (tmp_path / "stack").mkdir()
    made = Shore(tmp_path / "stack", tmp_path / "home")
    made.write(compose=FILE)
    yield made
    made.down()


def test_exec_has_a_terminal_of_our_size(shore: Shore) -> None:
    shore.ok("up", "-d", "--wait")
    terminal = Terminal(shore, "exec", "one", "sh")
    try:
        terminal.until(r"[#$] ")
        terminal.type("tty; stty size; exit 3\n")
        terminal.until(r"/dev/pts/\d+\s+24 80")
        assert terminal.end() == 3
    finally:
        terminal.close()


def test_run_talks_with_the_command(shore: Shore) -> None:
    terminal = Terminal(shore, "run", "--rm", "--no-deps", "two", "python", "-q")
    try:
        terminal.until(">>> ")
        terminal.type("print(6 * 7)\n")
        terminal.until(r"\n42\r")
        terminal.type("raise SystemExit(9)\n")
        assert terminal.end() == 9
    finally:
        terminal.close()
    assert shore.ps("-a") == []


def test_up_draws_in_place_and_ctrl_c_stops(shore: Shore) -> None:
    terminal = Terminal(shore, "up")
    try:
        terminal.until("two is here")
        terminal.until("ready in")
        assert "\x1b[32m✓ " in terminal.shown
        terminal.type("\x03")
        assert terminal.end() == 130
        assert "stopping" in terminal.shown
    finally:
        terminal.close()
    assert {row["State"] for row in shore.ps("-a")} == {"exited"}


def test_ps_says_so_when_nothing_runs(shore: Shore) -> None:
    terminal = Terminal(shore, "ps")
    try:
        assert terminal.end() == 0
        assert "nothing of stack runs" in terminal.shown
    finally:
        terminal.close()


def test_logs_follow_until_ctrl_c(shore: Shore) -> None:
    shore.ok("up", "-d", "--wait")
    terminal = Terminal(shore, "logs", "-f")
    try:
        terminal.until("one is here")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
        assert "Traceback" not in terminal.shown
    finally:
        terminal.close()


def test_copy_there_and_back(shore: Shore) -> None:
    shore.ok("up", "-d", "one")
    shore.write(note="hello\n")
    shore.ok("cp", "note", "one:/tmp/")
    assert shore.ok("exec", "-T", "one", "cat", "/tmp/note").out == "hello\n"
    shore.ok("cp", "one:/tmp/note", "back")
    assert (shore.folder / "back").read_text() == "hello\n"
    missing = shore.run("cp", "one:/nowhere", "x")
    assert missing.code == 1
    assert not (shore.folder / "x").exists()


def test_top_and_stats_see_the_processes(shore: Shore) -> None:
    shore.ok("up", "-d", "one")
    assert "sleep 600" in shore.ok("top").out
    assert "stack-one-1" in shore.ok("stats", "--no-stream").out
