"""Files of a volume or folder: an archive by the service's own tar. Databases of SQLite in it are copied by SQLite, or
while nobody writes."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from longshore.backup.hands import Hands
from longshore.backup.manifest import Content, Counted, compare
from longshore.backup.parts import Part
from longshore.backup.servers.kind import Kind, failed
from longshore.flow.databases import SQLITE_OUT
from longshore.model.errors import ShoreError

__all__ = ["Files", "tree_of"]

ARCHIVE = "files.tar"
MAGIC = b"SQLite format 3\0"
ASIDE = ".before-"
DRAFT, READY = ".restored-", ".ready-"
"""What a restore has put aside lies in the volume itself, under a name that begins so; what is to take its place lay
beside it meanwhile."""
CHANGED = 1
"""GNU tar's code for a file that changed while it was read."""

REPAIR = f"""
cd "$1" || exit
entries() {{ for e in "$1"/.[!.]* "$1"/..?* "$1"/*; do case "${{e##*/}}" in {ASIDE}*|{DRAFT}*|{READY}*) continue;; esac
  [ ! -e "$e" ] && [ ! -L "$e" ] || printf '%s\\0' "$e"; done; }}
all_to() {{ entries "$1" | xargs -0 -r -n 200 sh -c 'to=$0; mv -- "$@" "$to"' "$2"; }}
for r in {READY}*; do [ ! -d "$r" ] || {{ all_to "$r" . && rmdir "$r"; }}; done
for d in {DRAFT}*; do [ -d "$d" ] || continue; a="{ASIDE}${{d#{DRAFT}}}"
  [ ! -d "$a" ] || {{ all_to "$a" . && rmdir "$a"; }}; rm -rf -- "./$d"; done
"""
"""What a restore that was killed has left: one that had come to its end is finished, any other taken back."""

OUT = f"""{REPAIR}
exec tar -cf - --exclude="./{ASIDE}*" --exclude="./{DRAFT}*" --exclude="./{READY}*" ."""
PUT = f"""set -e
{REPAIR}
d="{DRAFT}$2"; a="{ASIDE}$2"
mkdir "$d"
tar -x$3f - -C "$d" || {{ rm -rf -- "./$d"; exit 3; }}
mkdir "$a"
all_to . "$a"
mv -- "$d" "{READY}$2"
all_to "{READY}$2" .
rmdir "{READY}$2"
rmdir "$a" 2>/dev/null || true
"""
"""The archive comes into a folder beside; then what is there goes into another, and the new takes its place."""
FORGET = f"""{REPAIR}
for e in {ASIDE}*; do [ ! -d "$e" ] || {{ echo "$e"; rm -rf -- "./$e"; }}; done"""


class Files(Kind):
    """One volume or folder, by a container that has the mounts of one of its services."""

    def __init__(self, hands: Hands, part: Part) -> None:
        self._hands, self._part = hands, part

    async def keep(self, folder: Path) -> Content:
        path = folder / ARCHIVE
        await self._out(path, OUT, self._part.path)
        found = sqlite_in(path)
        if found:
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                copies = {name: await self._sqlite(name, Path(scratch)) for name in found}
                _put_in(path, copies)
        tree = tree_of(path)
        return Content(self._part.name, self._part.kind, tree, (ARCHIVE,), size=path.stat().st_size)

    async def _out(self, path: Path, script: str, *arguments: str) -> None:
        with path.open("wb") as file:
            code, said = await self._hands.beside(self._part.service, script, *arguments, stdout=file)
        if code > CHANGED:
            raise failed(self._part, "tar", code, said, f"does the image of {self._part.service} have sh and tar?")

    async def _sqlite(self, name: str, scratch: Path) -> Path:
        """A copy of a database of one moment: by SQLite where the image has Python, else of the files while the
        services that have them are paused."""
        path, copy = f"{self._part.path}/{name}", scratch / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.db"
        with copy.open("wb") as file:
            script = f"command -v python3 >/dev/null || exit 127; exec python3 -c '{SQLITE_OUT}' \"$1\""
            code, said = await self._hands.beside(self._part.service, script, path, stdout=file)
        if code == 127:
            archive = scratch / "three.tar"
            async with self._hands.standing_still(self._part.users):
                await self._out(
                    archive, 'cd "$1" && n=$2 && exec tar -cf - $(ls "$n" "$n-wal" "$n-shm" 2>/dev/null)',
                    self._part.path, name,
                )  # fmt: skip
            _settled(archive, name, copy)
        elif code:
            raise failed(self._part, f"copying {name}", code, said)
        return copy

    async def put(self, folder: Path, kept: Content, stamp: str) -> str:
        wrong = list(compare(kept, Content(kept.part, kept.kind, tree_of(folder / ARCHIVE), kept.files)))
        if wrong:
            raise ShoreError(
                f"{self._part.name}: the snapshot is not what was kept: {wrong[0].name} {wrong[0].text}",
                hint="use another snapshot; the live data is as it was",
            )
        own = "p" if self._hands.keeps_owners else "o"
        async with self._hands.stopped(self._part.users):
            with (folder / ARCHIVE).open("rb") as file:
                code, said = await self._hands.beside(self._part.service, PUT, self._part.path, stamp, own, stdin=file)
        if code:
            raise failed(self._part, "restoring", code, said, "the live data is as it was")
        return f"{self._part.path}/{ASIDE}{stamp}"

    async def forget(self) -> tuple[str, ...]:
        code, said = await self._hands.beside(self._part.service, FORGET, self._part.path)
        if code:
            raise failed(self._part, "removing what was put aside", code, said)
        return tuple(f"{self._part.name}/{name}" for name in said.split())


def tree_of(archive: Path) -> tuple[Counted, ...]:
    """The files of an archive: how many, and a digest of names, kinds, modes and contents, in whatever order."""
    whole, count = 0, 0
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.name.strip("./"):
                continue
            count += 1
            kind = "file" if member.isreg() else "folder" if member.isdir() else "link" if member.issym() else "other"
            head = f"{member.name.removeprefix('./')}\0{kind}\0{member.mode & 0o777:o}\0{member.linkname}\0".encode()
            body = tar.extractfile(member) if member.isreg() else None
            whole += int(_digest(head, body), 16)
    return (Counted("files", count, f"{whole % 2**256:064x}"),)


def _digest(head: bytes, body: IO[bytes] | None) -> str:
    found = hashlib.sha256(head)
    while body and (piece := body.read(1 << 20)):
        found.update(piece)
    return found.hexdigest()


def sqlite_in(archive: Path) -> tuple[str, ...]:
    """The names of databases of SQLite, known by their first bytes."""
    with tarfile.open(archive) as tar:
        return tuple(
            member.name.removeprefix("./")
            for member in tar
            if member.isreg() and (body := tar.extractfile(member)) and body.read(len(MAGIC)) == MAGIC
        )


def _put_in(archive: Path, copies: dict[str, Path]) -> None:
    """The same archive with these databases in place of the files that were there, and without their journals."""
    draft = archive.with_suffix(".new")
    gone = {f"{name}{end}" for name in copies for end in ("-wal", "-shm", "-journal")}
    with tarfile.open(archive) as old, tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as new:
        for member, body in _members(old):
            name = member.name.removeprefix("./")
            if name in copies:
                member.size = copies[name].stat().st_size
                with copies[name].open("rb") as file:
                    new.addfile(member, file)
            elif name not in gone:
                new.addfile(member, body)
    draft.replace(archive)


def _members(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    for member in tar:
        yield member, tar.extractfile(member) if member.isreg() else None


def _settled(archive: Path, name: str, copy: Path) -> None:
    """A database with what stands in its write-ahead log. Raises ShoreError where it is damaged."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        with tarfile.open(archive) as tar:
            tar.extractall(scratch, filter="data")
        path = Path(scratch, name)
        with contextlib.closing(sqlite3.connect(path)) as live, contextlib.closing(sqlite3.connect(copy)) as there:
            live.backup(there)
            if there.execute("pragma integrity_check").fetchone() != ("ok",):
                raise ShoreError(f"{name} is damaged: SQLite's own check fails")
