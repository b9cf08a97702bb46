"""A copy is whole although somebody writes, and old ones go."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.backup import copy, main, thin_out
from assistant.history import History


def test_a_copy_while_somebody_writes(path: Path, history: History, tmp_path: Path) -> None:
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            history.ask_by_web(None, "message")

    for _ in range(20):
        history.ask_by_web(None, "before")
    writer = threading.Thread(target=write)
    writer.start()
    made = copy(path, tmp_path, datetime(2025, 10, 18, tzinfo=UTC))
    done.set()
    writer.join()
    assert made.name == "assistant-20251018-000000.db"
    with closing(sqlite3.connect(made)) as connection:
        ((messages, sessions),) = connection.execute(
            "SELECT (SELECT count(*) FROM chat_messages), (SELECT count(*) FROM chat_sessions)"
        )
    assert messages == sessions >= 20


def test_the_newest_are_kept(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"assistant-2025100{day}-000000.db").touch()
    thin_out(tmp_path, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["assistant-20251004-000000.db", "assistant-20251005-000000.db"]


def test_the_command(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE", str(path))
    assert main([str(tmp_path)]) == 0
    assert "backup: " in capsys.readouterr().out
    assert main([str(tmp_path / "nowhere")]) == 1
    assert "backup: failed" in capsys.readouterr().err
