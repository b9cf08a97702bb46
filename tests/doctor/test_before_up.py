"""Migrations that no tool can apply are found by `up` before anything starts, with the names of their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.doctor.beforeup import check_before_up
from longshore.flow.home import load_stack
from longshore.migrations.examples import alembic
from longshore.model.errors import ShoreError, ShoreErrors
from tests.doctor.projects import place, where

OF_THE_REPORT = alembic(
    {"base": "None", "users": "'base'", "stats": "'base'", "chat": "'prompts'", "prompts": "'chat'"},
    extra={"users_again.py": ("users", "'base'")},
)
"""What one team met at once: two files with one id, a circle, several heads."""


def test_all_three_faults_at_once(tmp_path: Path) -> None:
    place(tmp_path, OF_THE_REPORT)
    with pytest.raises(ShoreErrors) as raised:
        check_before_up(where(tmp_path), load_stack(where(tmp_path)))
    said = [str(error) for error in raised.value.errors]
    assert len(said) == 3
    assert "circle: " in said[0]
    assert all(name in said[0] for name in ("chat.py", "prompts.py"))
    assert all(name in said[1] for name in ("users.py", "users_again.py", "one id, users"))
    assert "2 heads" in said[2]
    assert all(name in said[2] for name in ("stats.py", "users.py"))
    assert all(error.hint and error.place for error in raised.value.errors)


def test_a_silenced_fault_stops_nobody(tmp_path: Path) -> None:
    files = alembic({"a": "None", "b": "'a'", "c": "'a'"})
    place(tmp_path, files)
    with pytest.raises(ShoreError, match="2 heads"):
        check_before_up(where(tmp_path), load_stack(where(tmp_path)))
    silence = "x-longshore: {doctor: {migrations.several-heads: two databases, one history each}}\n"
    (tmp_path / "compose.yaml").write_text(files["compose.yaml"] + silence)
    check_before_up(where(tmp_path), load_stack(where(tmp_path)))


def test_a_project_without_migrations_loads_nothing(tmp_path: Path) -> None:
    place(tmp_path, {"compose.yaml": "services:\n  web: {image: nginx}\n"})
    check_before_up(where(tmp_path), load_stack(where(tmp_path)))
