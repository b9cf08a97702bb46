"""Migrations at start: found, applied once, and a broken one is clear and leaves the data whole."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from apps.accounts.models import User
from apps.core.management.commands.apply_migrations import lock, pending

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = "migrations.RunSQL('CREATE TABLE extra (id int)', 'DROP TABLE extra')"
BAD = f"{GOOD}, migrations.RunSQL('UPDATE accounts_user SET username = NULL')"


@pytest.fixture
def migrations(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:  # type: ignore[no-untyped-def]
    """A folder that stands in for accounts' migrations: the real one, and what a test adds."""
    package = tmp_path / "standin"
    package.mkdir()
    (package / "__init__.py").touch()
    real = Path(__file__).resolve().parent.parent / "apps/accounts/migrations/0001_initial.py"
    (package / "0001_initial.py").write_text(real.read_text())
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"accounts": "standin"}
    yield package
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS extra")
    MigrationRecorder.Migration.objects.filter(app="accounts").exclude(name="0001_initial").delete()


def add(package: Path, name: str, operations: str, after: str = "0001_initial", extra: str = "") -> None:
    (package / f"{name}.py").write_text(
        "from django.db import migrations\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('accounts', '{after}')]\n    operations = [{operations}]\n    {extra}\n"
    )


def test_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("apply_migrations")
    call_command("apply_migrations", check=True)
    assert capsys.readouterr().out == "migrations: none pending\n" * 2


def test_a_new_one_is_found_and_applied(migrations: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(migrations, "0002_extra", GOOD)
    with pytest.raises(CommandError, match=r"1 migration is pending: accounts\.0002_extra"):
        call_command("apply_migrations", check=True)
    call_command("apply_migrations")
    assert "1 pending: accounts.0002_extra" in capsys.readouterr().out
    assert pending() == []
    assert "extra" in connection.introspection.table_names()


def test_a_failed_one_is_clear_and_leaves_the_data_whole(migrations: Path) -> None:
    User.objects.create_user("ada", "ada@example.com")
    add(migrations, "0002_bad", BAD)
    with pytest.raises(CommandError) as failed:
        call_command("apply_migrations")
    words = str(failed.value)
    assert words.startswith("migration accounts.0002_bad failed\n")
    assert 'null value in column "username"' in words
    assert "was rolled back: the data is as it was before it; applied before it: none" in words
    assert "extra" not in connection.introspection.table_names()
    assert User.objects.get().username == "ada"


def test_what_was_applied_before_the_failure_is_named(migrations: Path) -> None:
    add(migrations, "0002_extra", GOOD)
    add(migrations, "0003_bad", "migrations.RunSQL('nonsense')", after="0002_extra", extra="atomic = False")
    with pytest.raises(CommandError, match=r"0003_bad failed[\s\S]*is not atomic[\s\S]*applied before it: accounts\.0002_extra"):
        call_command("apply_migrations")


def test_two_heads_are_found_before_anything_is_applied(migrations: Path) -> None:
    add(migrations, "0002_one", GOOD)
    add(migrations, "0002_two", GOOD)
    with pytest.raises(CommandError, match="accounts: 0002_one, 0002_two"):
        call_command("apply_migrations")
    assert "extra" not in connection.introspection.table_names()


def test_a_missing_parent_is_one_line(migrations: Path) -> None:
    add(migrations, "0003_extra", GOOD, after="0002_lost")
    with pytest.raises(CommandError, match=r"do not fit together: .*0002_lost"):
        call_command("apply_migrations")


def test_replicas_wait_for_the_one_that_migrates(migrations: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(migrations, "0002_extra", GOOD)
    second = threading.Thread(target=lambda: (call_command("apply_migrations"), connection.close()))
    with lock():
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive(), "it waits for the lock"
        assert "extra" not in connection.introspection.table_names()
    second.join()
    call_command("apply_migrations")
    assert capsys.readouterr().out.count("1 pending") == 1
