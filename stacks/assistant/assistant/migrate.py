"""Bring the database to the newest revision: `python -m assistant.migrate`, at the start of the bot and of the API.

Whoever comes second waits for the first one and then finds nothing left to do. The files are looked at before the database
is: two files with one revision id, a chain that bites its tail or several heads end the start and name the files.
"""

import ast
import fcntl
import os
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.settings import HOME, from_environment

VERSIONS = HOME / "migrations" / "versions"


class MigrationError(Exception):
    """A migration did not pass; nothing of it is left."""


@dataclass(frozen=True)
class Revision:
    """What a file says of its place in the chain."""

    file: str
    id: str
    parents: tuple[str, ...]


def read_revisions(folder: Path) -> list[Revision]:
    """By reading the files, not by running them."""
    found = []
    for path in sorted(folder.glob("*.py")):
        values = _assigned(ast.parse(path.read_text(encoding="utf-8"), path.name))
        if "revision" in values:
            parents = values.get("down_revision")
            listed = parents if isinstance(parents, tuple | list) else (parents,)
            found.append(Revision(path.name, str(values["revision"]), tuple(str(p) for p in listed if p)))
    return found


def _assigned(module: ast.Module) -> dict[str, object]:
    """Names at the top level that are given constants."""
    values: dict[str, object] = {}
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:  # type: ignore[attr-defined]
                try:
                    values[target.id] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
                except ValueError:
                    pass
    return values


def problems(revisions: Sequence[Revision]) -> list[str]:
    """Everything that keeps the files from being one chain, a line each, with the files' names."""
    by_id: dict[str, list[Revision]] = defaultdict(list)
    for revision in revisions:
        by_id[revision.id].append(revision)
    said = [f"one revision id in several files: {name} in {_files(same)}" for name, same in by_id.items() if len(same) > 1]
    said += [
        f"a parent that is not there: {parent}, named by {revision.file}"
        for revision in revisions
        for parent in revision.parents
        if parent not in by_id
    ]
    circle = _circle(by_id)
    if circle:
        said.append(f"a circular chain: {_files([by_id[name][0] for name in circle])}")
    named = {parent for revision in revisions for parent in revision.parents}
    heads = [revision for revision in revisions if revision.id not in named]
    if len(heads) > 1:
        said.append(f"several heads: {_files(heads)}; one of them must follow the other (down_revision)")
    return said


def _circle(by_id: Mapping[str, Sequence[Revision]]) -> list[str]:
    """The ids of a circle, or nothing: what is left when everything whose parents are settled is taken away."""
    left = {name: {parent for one in same for parent in one.parents if parent in by_id} for name, same in by_id.items()}
    while True:
        settled = [name for name, parents in left.items() if not parents & left.keys()]
        if not settled:
            break
        for name in settled:
            del left[name]
    # What merely follows a circle is not in it.
    while ends := [name for name in left if not any(name in parents for parents in left.values())]:
        for name in ends:
            del left[name]
    return sorted(left)


def _files(revisions: Sequence[Revision]) -> str:
    return ", ".join(sorted(revision.file for revision in revisions))


def is_current(database: Path, revisions: Sequence[Revision]) -> bool:
    """Does the database stand at the one head? Asked without Alembic, which takes half a second to load."""
    head = {r.id for r in revisions} - {parent for r in revisions for parent in r.parents}
    if not database.exists():
        return False
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")} == head
    except sqlite3.Error:
        return False
    finally:
        connection.close()


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """One at a time on this database, in whatever container: the lock is the kernel's, and goes with the process."""
    with (database.parent / f"{database.name}.migrating").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def upgrade(database: Path, scripts: Path = HOME / "migrations") -> list[str]:
    """Apply what is pending, in one transaction; the ids of what was applied. MigrationError when it cannot be."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from assistant.db import make_engine

    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("path_separator", "os")
    engine = make_engine(database)
    try:
        with alone(database), engine.execution_options(writes=True).connect() as connection:
            # SQLite changes a table by copying it and dropping the old one, which would take along all that points
            # there. Only outside of a transaction can it be told not to look; so it looks at the end.
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = OFF")
            before = MigrationContext.configure(connection).get_current_heads()
            known = ScriptDirectory.from_config(config)
            pending = [script.revision for script in known.iterate_revisions("heads", before or "base")]
            if pending:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                    raise MigrationError(f"{len(broken)} rows would point nowhere")
                connection.commit()
            return pending[::-1]
    except (SQLAlchemyError, CommandError) as error:
        raise MigrationError(str(error)) from error
    finally:
        engine.dispose()


def fail(*lines: str) -> int:
    for line in lines:
        print(f"migrations: {line}", file=sys.stderr)
    return 1


def main() -> int:
    database = from_environment().database
    revisions = read_revisions(VERSIONS)
    if found := problems(revisions):
        return fail(*found)
    if is_current(database, revisions):
        print("migrations: nothing to do")
        return 0
    began = time.monotonic()
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        applied = upgrade(database)
    except OSError as error:
        return fail(
            f"{database.parent} cannot be written by uid {os.getuid()}: {error.strerror}",
            "the service `prepare` makes it writable; it runs before the others, or by itself: shore run --rm prepare",
        )
    except MigrationError as error:
        return fail(f"failed, and the database is as it was: {error}")
    said = f"applied {', '.join(applied)}" if applied else "nothing to do"
    print(f"migrations: {said} ({time.monotonic() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
