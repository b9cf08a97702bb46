"""One chain, applied once, whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from assistant.db import make_engine
from assistant.migrate import VERSIONS, MigrationError, Revision, is_current, problems, read_revisions, upgrade
from assistant.models import metadata
from tests.servers import HOME, bot_environment

CHAIN = ["798d96052738", "0f7d5dc69d1f", "optimize_001"]
MESSAGE = "INSERT INTO chat_messages (session_id, role, content, created_at) VALUES (1, 'user', 'kept', 1)"
SESSION = "INSERT INTO chat_sessions (id, key, source, created_at, updated_at) VALUES (1, 'k', 'web', 1, 1)"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The stack's migrations, to add to."""
    return Path(shutil.copytree(HOME / "migrations", tmp_path / "migrations"))


def add(scripts: Path, name: str, parent: str, body: str, revision: str = "") -> None:
    text = f"from alembic import op\nrevision = {revision or name!r}\ndown_revision = {parent!r}\ndef upgrade():\n"
    (scripts / "versions" / f"{name}.py").write_text(text + "".join(f"    {line}\n" for line in body.splitlines()))


def test_the_chain_is_the_reports() -> None:
    revisions = {revision.id: revision.parents for revision in read_revisions(VERSIONS)}
    assert revisions == {CHAIN[0]: (), CHAIN[1]: (CHAIN[0],), CHAIN[2]: (CHAIN[1],)}
    assert problems(read_revisions(VERSIONS)) == []


def test_the_reports_own_trouble_is_named_with_its_files(scripts: Path) -> None:
    """Two files with one revision id, a second branch."""
    add(scripts, "798d96052738_create_messages_table", "optimize_001", "pass", revision="798d96052738")
    add(scripts, "optimize_chat_indexes", "798d96052738", "pass")
    said = problems(read_revisions(scripts / "versions"))
    doubled = "798d96052738_create_chat_tables.py, 798d96052738_create_messages_table.py"
    assert said[0] == f"one revision id in several files: 798d96052738 in {doubled}"
    assert any("a circular chain" in line for line in said)


def test_a_circle_several_heads_a_missing_parent() -> None:
    circle = [Revision("a.py", "a", ("b",)), Revision("b.py", "b", ("a",)), Revision("c.py", "c", ("b",))]
    assert problems(circle) == ["a circular chain: a.py, b.py"]
    heads = [Revision("a.py", "a", ()), Revision("b.py", "b", ("a",)), Revision("c.py", "c", ("a",))]
    assert problems(heads) == ["several heads: b.py, c.py; one of them must follow the other (down_revision)"]
    assert problems([Revision("b.py", "b", ("a",))]) == ["a parent that is not there: a, named by b.py"]
    merged = [*heads, Revision("d.py", "d", ("b", "c"))]
    assert problems(merged) == []


def test_the_models_are_what_the_migrations_make(path: Path) -> None:
    engine = make_engine(path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_applied_once_then_nothing_to_do(tmp_path: Path) -> None:
    database = tmp_path / "assistant.db"
    assert not is_current(database, read_revisions(VERSIONS))
    assert upgrade(database) == CHAIN
    assert upgrade(database) == []
    assert is_current(database, read_revisions(VERSIONS))


def test_two_that_start_together_apply_them_once(tmp_path: Path) -> None:
    starts = [
        subprocess.Popen(
            [sys.executable, "-m", "assistant.migrate"], cwd=HOME, env=bot_environment(tmp_path, "http://none"),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    said = sorted(start.communicate(timeout=60)[0] for start in starts)
    assert [start.returncode for start in starts] == [0, 0, 0], said
    assert sum("applied " + ", ".join(CHAIN) in line for line in said) == 1
    assert sum("nothing to do" in line for line in said) == 2


def test_a_table_is_rebuilt_and_nothing_that_points_to_it_is_lost(tmp_path: Path, scripts: Path) -> None:
    database = tmp_path / "assistant.db"
    later = scripts / "versions" / "optimize_001_chat_indexes.py"
    later.unlink()
    users = scripts / "versions" / "0f7d5dc69d1f_create_users.py"
    kept = users.read_text()
    users.unlink()
    upgrade(database, scripts)
    with sqlite3.connect(database) as connection:
        connection.execute(SESSION)
        connection.execute(MESSAGE)
    connection.close()
    users.write_text(kept)
    assert upgrade(database, scripts) == ["0f7d5dc69d1f"]
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT content FROM chat_messages").fetchall() == [("kept",)]
    connection.close()


def test_one_that_fails_in_its_middle_leaves_everything_as_it_was(path: Path, scripts: Path) -> None:
    with sqlite3.connect(path) as connection:
        before = list(connection.iterdump())
    connection.close()
    add(scripts, "half", "optimize_001", "op.execute('CREATE TABLE half (id INTEGER)')\nop.execute('nonsense')")
    with pytest.raises(MigrationError, match="nonsense"):
        upgrade(path, scripts)
    with sqlite3.connect(path) as connection:
        assert list(connection.iterdump()) == before
    connection.close()
    add(scripts, "half", "optimize_001", "op.execute('CREATE TABLE half (id INTEGER)')")
    assert upgrade(path, scripts) == ["half"]


def test_the_command_says_who_may_not_write(tmp_path: Path) -> None:
    shut = tmp_path / "file"
    shut.touch()
    done = subprocess.run(
        [sys.executable, "-m", "assistant.migrate"], cwd=HOME, env=bot_environment(shut, "http://none"),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"migrations: {shut} cannot be written by uid" in done.stderr
    assert "Traceback" not in done.stderr
