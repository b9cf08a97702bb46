"""Find pending migrations and apply them, once, however many replicas start at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations import Migration
from django.db.migrations.exceptions import BadMigrationError, CircularDependencyError, InconsistentMigrationHistory, NodeNotFoundError
from django.db.migrations.executor import MigrationExecutor

# Any number will do, as long as every replica uses the same one.
LOCK = 0x6D696772
BROKEN_FILES = (BadMigrationError, CircularDependencyError, InconsistentMigrationHistory, NodeNotFoundError)


class Command(BaseCommand):
    help = "Apply pending migrations under a lock in the database; with --check only say whether there are any (exit code 1)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="apply nothing; fail when a migration is pending")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        try:
            if check:
                self.refuse_pending()
            else:
                with lock():
                    self.apply()
        except BROKEN_FILES as error:
            raise CommandError(f"the migration files do not fit together: {error}") from None

    def refuse_pending(self) -> None:
        if waiting := pending():
            many = "1 migration is" if len(waiting) == 1 else f"{len(waiting)} migrations are"
            raise CommandError(f"{many} pending: {names(waiting)}")
        self.stdout.write("migrations: none pending")

    def apply(self) -> None:
        waiting = pending()
        if not waiting:
            self.stdout.write("migrations: none pending")
            return
        self.stdout.write(f"migrations: {len(waiting)} pending: {names(waiting)}")
        try:
            call_command("migrate", interactive=False)
        except Exception as error:
            raise CommandError(explain(waiting, error)) from error
        self.stdout.write(self.style.SUCCESS("migrations: applied"))


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
    conflicts = executor.loader.detect_conflicts()
    if conflicts:
        heads = "; ".join(f"{app}: {', '.join(sorted(found))}" for app, found in conflicts.items())
        raise CommandError(f"several migrations claim to be the last one ({heads}): join them with makemigrations --merge")
    return [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def names(migrations: list[Migration]) -> str:
    return ", ".join(f"{migration.app_label}.{migration.name}" for migration in migrations)


def explain(waiting: list[Migration], error: Exception) -> str:
    """Which migration failed, why, and what became of the data."""
    left = {(migration.app_label, migration.name) for migration in pending()}
    done = [migration for migration in waiting if (migration.app_label, migration.name) not in left]
    failed = next(migration for migration in waiting if (migration.app_label, migration.name) in left)
    reason = str(error).strip() if isinstance(error, DatabaseError) else f"{type(error).__name__}: {error}"
    state = "was rolled back: the data is as it was before it" if failed.atomic else "is not atomic: look at what it did before you go on"
    lines = [f"migration {failed.app_label}.{failed.name} failed", *(f"  {line}" for line in reason.splitlines())]
    lines.append(f"  it {state}; applied before it: {names(done) or 'none'}")
    return "\n".join(lines)
