"""The flow of `cp`: files between this machine and containers, as one tar archive that is made on one side and unpacked
on the other. Where it goes and under which name is decided here, as Docker does; how it gets there, by the engine."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import IO

from longshore.engine.capabilities import Archives, archiving
from longshore.flow.home import Session, select
from longshore.flow.throughexec import ThroughExec
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.state.observed import Container

__all__ = ["Copying", "Destination", "Spot", "destination", "from_service", "to_service", "unpack"]


@record
class Copying:
    """`follow`: what a link leads to is copied; `owners` are kept; `index` is the container's number (0: any),
    `oneoffs`: also those of `run`."""

    follow: bool = False
    owners: bool = False
    index: int = 0
    oneoffs: bool = False


@record
class Spot:
    """A path as it was named, and what is there: "folder", "file" (or anything else) or "" for nothing."""

    path: str
    kind: str = ""

    @property
    def name(self) -> str:
        return PurePosixPath(os.path.normpath(self.path)).name

    @property
    def parent(self) -> str:
        return str(PurePosixPath(os.path.normpath(self.path)).parent)

    @property
    def means_contents(self) -> bool:
        """Whether it names what is in a folder, not the folder itself ("folder/.")."""
        return self.path.endswith("/.") or self.path == "."

    @property
    def asserts_folder(self) -> bool:
        return self.path.endswith("/") or self.means_contents


@record
class Destination:
    """Into which `folder` the archive is unpacked, and what its topmost entry is called there; "": its entries come
    into the folder itself."""

    folder: str
    name: str


def destination(source: Spot, target: Spot) -> Destination:
    """Raises ShoreError for what cannot be: a folder over a file, a file in a folder that is not there."""
    if target.kind == "folder":
        return Destination(target.path, "" if source.means_contents else source.name)
    if source.kind == "folder" and target.kind:
        raise ShoreError(f"{source.path} is a folder, and {target.path} is none", hint="name a folder")
    if source.kind != "folder" and target.asserts_folder:
        raise ShoreError(f"there is no folder {target.path}", hint="make it, or leave the / at the end out")
    if source.kind != "folder" and source.asserts_folder:
        raise ShoreError(f"{source.path} is no folder", hint="leave the / at the end out")
    return Destination(target.parent, target.name)


async def to_service(session: Session, source: str, service: str, target: str, asked: Copying) -> None:
    """Into every container of the service, or the one that is asked for; "-" is an archive on standard input."""
    here = _here(source, follow=asked.follow)
    for container in _containers(session, service, asked):
        archives = _archives(session, container)
        path = _absolute(target)
        there = Spot(path, await archives.kind(container, path))
        if there.kind == "file":  # what a link leads to is written, the link stays
            there = Spot(await archives.led_to(container, path), there.kind)
        if source == "-":
            if there.kind != "folder":
                raise ShoreError(f"{service}: {target} is no folder", hint="an archive is unpacked into one")
            with tempfile.TemporaryFile() as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
                file.seek(0)
                await archives.unpack(container, there.path, file, top="", owners=asked.owners)
            continue
        goal = destination(here, there)
        with tempfile.TemporaryFile() as file:
            _pack(here, goal.name, file, asked)
            top = goal.name if here.kind != "folder" else ""
            await archives.unpack(container, goal.folder, file, top=top, owners=asked.owners)


async def from_service(
    session: Session, service: str, source: str, target: str, asked: Copying, out: IO[bytes]
) -> None:
    """From the first container of the service, or the one that is asked for; "-" writes the archive to `out`."""
    container = _containers(session, service, asked)[0]
    archives = _archives(session, container)
    path = _absolute(source)
    there = Spot(path, await archives.kind(container, path))
    if not there.kind:
        raise ShoreError(f"{service}: {source} does not exist", hint="is the path right?")
    with tempfile.TemporaryFile() as file:
        await archives.pack(container, path, file, follow=asked.follow)
        file.seek(0)
        if target == "-":
            shutil.copyfileobj(file, out)
            return
        unpack(file, destination(there, _here(target, missing=True)), owners=asked.owners)


def _absolute(path: str) -> str:
    """A path in a container; a relative one begins at its root, as with Docker."""
    return path if path.startswith("/") else f"/{path}"


def _here(path: str, *, follow: bool = False, missing: bool = False) -> Spot:
    """A path on this machine. Raises ShoreError where nothing is, unless it may be `missing`."""
    if path == "-":
        return Spot(path)
    if Path(path).is_symlink() and not follow and not missing and not Spot(path).asserts_folder:
        return Spot(_spelled(path), "file")
    if Path(path).is_dir():
        return Spot(_spelled(path), "folder")
    if Path(path).exists():
        return Spot(_spelled(path), "file")
    if not missing:
        raise ShoreError(f"{path} does not exist")
    return Spot(_spelled(path))


def _spelled(path: str) -> str:
    """Absolute, with what the end of the path says kept."""
    end = "/." if Spot(path).means_contents else "/" if path.endswith("/") else ""
    return str(Path(path).absolute()).rstrip("/") + end or "/"


def _containers(session: Session, service: str, asked: Copying) -> list[Container]:
    select(session, [service])
    found = [
        c for c in session.observed.containers
        if c.service == service and (asked.oneoffs or not c.oneoff) and (not asked.index or c.number == asked.index)
    ]  # fmt: skip
    if not found:
        raise ShoreError(f"{service} has no container", hint=f"make it: shore up -d {service}")
    return sorted(found, key=lambda c: (c.oneoff, c.number))


def _archives(session: Session, container: Container) -> Archives:
    own = archiving(session.engine)
    if own:
        return own
    if container.state != "running" and "visit" not in session.engine.capabilities:
        raise ShoreError(
            f"{container.service}: {container.name} is not running", hint=f"start it: shore up -d {container.service}"
        )
    return ThroughExec(session.engine)


def _pack(source: Spot, name: str, file: IO[bytes], asked: Copying) -> None:
    """An archive with the source called `name`; without a name with what is in it."""

    def given(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uname = member.gname = ""
        if not asked.owners:
            member.uid = member.gid = 0
        return member

    with tarfile.open(fileobj=file, mode="w") as archive:
        path = os.path.realpath(source.path) if asked.follow else source.path.rstrip("/")
        archive.add(path or "/", name or ".", filter=given)
    file.seek(0)


def unpack(file: IO[bytes], goal: Destination, *, owners: bool) -> None:
    """What came from a container is nobody's word to be trusted: nothing is written outside the destination."""
    folder = Path(goal.folder)
    if not folder.is_dir():
        raise ShoreError(f"there is no folder {folder}", hint="make it first")
    with tarfile.open(fileobj=file) as archive:
        members = list(archive)
        top = PurePosixPath(members[0].name).parts[:1] if members else ()
        for member in _renamed(members, top[0] if top else ".", goal.name):
            path = folder / member.name
            _check_inside(folder, path)
            if path.is_dir() and not path.is_symlink() and not member.isdir():
                raise ShoreError(f"{path} is a folder, and what comes is none", hint="remove it, or name another place")
            if not owners:
                member.uid, member.gid = os.getuid(), os.getgid()
            archive.extract(member, folder, numeric_owner=True)


def _renamed(members: Iterable[tarfile.TarInfo], top: str, name: str) -> Iterable[tarfile.TarInfo]:
    for member in members:
        if member.ischr() or member.isblk():
            continue  # as Docker leaves them out for who may not make them
        member.name = _below(member.name, top, name)
        member.uname = member.gname = ""
        if member.islnk():
            member.linkname = _below(member.linkname, top, name)
        yield member


def _below(path: str, top: str, name: str) -> str:
    """The path with its first part, `top`, called `name`."""
    parts = PurePosixPath(path).parts
    if parts[:1] == (top,):
        parts = parts[1:]
    return str(PurePosixPath(name or ".", *parts))


def _check_inside(folder: Path, path: Path) -> None:
    base, parent = folder.resolve(), path.parent.resolve()
    inside = path == folder or parent == base or base in parent.parents
    if ".." in path.relative_to(folder).parts or not inside:
        raise ShoreError(f"the archive would write outside {folder}: {path}")
