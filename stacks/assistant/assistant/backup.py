"""Copies of the database while it is in use: `python -m assistant.backup FOLDER [--every-hours N --keep N]`.

Without --every-hours one copy is made. A copy is a whole SQLite file; to go back: stop the services, put it in the place of
data/assistant.db, delete the -wal and -shm beside that, start them.
"""

import argparse
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from assistant.settings import from_environment

PATTERN = "assistant-*.db"


def copy(database: Path, folder: Path, now: datetime) -> Path:
    """Under its final name only when it is whole, checked, and no half of a transaction is in it."""
    target = folder / f"assistant-{now:%Y%m%d-%H%M%S}.db"
    partial = target.with_suffix(".partial")
    with (
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(partial)) as made,
    ):
        source.backup(made)
        made.execute("PRAGMA journal_mode = DELETE")
        found = made.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {found}")
    return partial.rename(target)


def thin_out(folder: Path, keep: int) -> None:
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="assistant.backup", description="Copies of the database while it is in use.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every-hours", type=float, default=0, help="go on, with a copy every so many hours")
    parser.add_argument("--keep", type=int, default=28, help="how many copies are kept (default: %(default)s)")
    given = parser.parse_args(argv)
    if given.keep < 1 or given.every_hours < 0:
        parser.error("--keep and --every-hours must be positive")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    database = from_environment().database
    while True:
        try:
            made = copy(database, given.folder, datetime.now(UTC))
            thin_out(given.folder, given.keep)
            print(f"backup: {made} ({made.stat().st_size / 1e6:.1f} MB)", flush=True)
        except (OSError, sqlite3.Error) as error:
            print(f"backup: failed: {error}", file=sys.stderr, flush=True)
            if not given.every_hours:
                return 1
        if not given.every_hours or stop.wait(given.every_hours * 3600):
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
