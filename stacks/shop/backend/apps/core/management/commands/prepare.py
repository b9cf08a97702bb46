"""What has to be done once before the shop opens: pending migrations applied, static files where nginx finds them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations import Migration
from django.db.migrations.exceptions import (
    BadMigrationError,
    CircularDependencyError,
    InconsistentMigrationHistory,
    NodeNotFoundError,
)
from django.db.migrations.executor import MigrationExecutor

# Any number will do, as long as every replica uses the same one.
LOCK = 0x53484F50
BROKEN_FILES = (BadMigrationError, CircularDependencyError, InconsistentMigrationHistory, NodeNotFoundError)


class Command(BaseCommand):
    help = "Apply pending migrations, one replica at a time, and put static files in place; --check: only look."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail when a migration is pending")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        try:
            if check:
                self.refuse_pending()
                return
            with lock():
                self.apply()
        except BROKEN_FILES as error:
            raise CommandError(f"the migration files do not fit together: {error}") from None
        self.put_static_files()

    def refuse_pending(self) -> None:
        if waiting := pending():
            raise CommandError(f"{len(waiting)} pending: {names(waiting)}; apply them: python manage.py prepare")

    def apply(self) -> None:
        waiting = pending()
        if not waiting:
            self.stdout.write("migrations: none pending")
            return
        self.stdout.write(f"migrations: {len(waiting)} pending: {names(waiting)}")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except Exception as error:
            raise CommandError(explain(waiting, error)) from error
        self.stdout.write("migrations: applied")

    def put_static_files(self) -> None:
        """In production the image brings them collected, under names made of their content; in development they are
        collected now."""
        if settings.STATIC_SHARED:
            publish(Path(settings.STATIC_ROOT), Path(settings.STATIC_SHARED))
        else:
            call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write("static files: in place")


def publish(source: Path, shared: Path) -> None:
    """Beside those of earlier versions, which pages that are open still ask for. Each appears whole or not at all."""
    for path in source.rglob("*"):
        target = shared / path.relative_to(source)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif not target.exists() or target.stat().st_size != path.stat().st_size:
            target.parent.mkdir(parents=True, exist_ok=True)
            half = target.with_name(f".{target.name}.half")
            shutil.copyfile(path, half)
            half.rename(target)


@contextmanager
def lock() -> Iterator[None]:
    """Wait until no other replica migrates. PostgreSQL gives the lock back by itself should this process die."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            if connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def pending() -> list[Migration]:
    executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    if conflicts := executor.loader.detect_conflicts():
        heads = "; ".join(f"{app}: {', '.join(sorted(found))}" for app, found in conflicts.items())
        raise CommandError(f"several migrations claim to be the last ({heads}): join them by makemigrations --merge")
    return [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def names(migrations: list[Migration]) -> str:
    return ", ".join(f"{migration.app_label}.{migration.name}" for migration in migrations)


def explain(waiting: list[Migration], error: Exception) -> str:
    """Which migration failed, why, and what became of the data."""
    left = {(migration.app_label, migration.name) for migration in pending()}
    failed = next(migration for migration in waiting if (migration.app_label, migration.name) in left)
    reason = str(error).strip() if isinstance(error, DatabaseError) else f"{type(error).__name__}: {error}"
    whole = "was rolled back: the data is as it was before it"
    state = whole if failed.atomic else "is not atomic: look at what it did before you go on"
    return f"migration {failed.app_label}.{failed.name} failed and {state}\n  " + "\n  ".join(reason.splitlines())
