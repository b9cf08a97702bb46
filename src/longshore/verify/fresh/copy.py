"""Makes the copy of a project, and sees to it that it goes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from longshore.flow.home import Where, chosen, load_stack, unheard
from longshore.model.errors import ShoreError
from longshore.model.record import record, replace
from longshore.model.service import Port
from longshore.model.stack import Stack
from longshore.verify import aftercare
from longshore.verify.fresh.layout import Layout, layout_of, paths_named
from longshore.verify.fresh.override import images_of, override_text, ports_of
from longshore.verify.fresh.place import make_place
from longshore.verify.fresh.removal import GRACE, remove, sweep

__all__ = ["Copy", "copied"]

OVERRIDE = "shore-verify.yaml"


@record
class Copy:
    """A copy that can be brought up: `where` and `stack` are as those of any project."""

    where: Where
    stack: Stack
    engine: str


@contextlib.asynccontextmanager
async def copied(where: Where, stack: Stack, services: Iterable[str], *, grace: float = GRACE) -> AsyncIterator[Copy]:
    """A copy of the project while the block runs; nothing of it afterwards. Where this process is killed, its keeper
    removes it; where that is killed too, the next verify. `grace`: seconds that its services have to stop."""
    if "-" in stack.files:
        raise ShoreError("a copy is made of files, not of standard input", hint="write it into a file, or --no-fresh")
    await sweep(where.environ, where.say)
    async with chosen(where, stack) as choice:
        engine = choice.engine.name
    place = make_place(stack.name, where.environ)
    keeper = aftercare.begin("__keep", place.folder, where.environ)
    try:
        layout = layout_of(stack, str(place.tree), filter(os.path.exists, paths_named(stack)))
        await asyncio.to_thread(_copy_files, layout, stack.working_dir)
        there = replace(
            where,
            files=tuple(layout.place(file) for file in stack.files),
            project=place.project,
            project_directory=layout.place(stack.working_dir),
            env_files=tuple(layout.place(file) for file in where.env_files and stack.env_files),
            engine=engine,
        )
        draft = load_stack(there, tuple(services), heard=unheard)
        ports = dict(
            zip(((name, n) for name, n, _ in ports_of(draft)), _free(p for *_, p in ports_of(draft)), strict=True)
        )
        override = place.folder / OVERRIDE
        override.write_text(override_text(draft, place.project, ports, layout))
        there = replace(there, files=(*there.files, str(override)))
        own = load_stack(there, tuple(services), heard=unheard)
        built = [s.image or f"{place.project}-{s.name}" for s in own.services.values() if s.build]
        place.write(engine, tuple(dict.fromkeys((*images_of(draft, place.project).values(), *built))), where.environ)
        with _temporary_files(place.folder / "tmp"):
            yield Copy(there, own, engine)
    finally:
        await remove(place, where.environ, grace)
        aftercare.dismiss(keeper)


@contextlib.contextmanager
def _temporary_files(folder: Path) -> Iterator[None]:
    """Whatever this process lays down for a moment (the layers of an image that is searched, secrets of a build) lies
    there while the block runs: where it is killed, that goes with the copy."""
    folder.mkdir(mode=0o700)
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _copy_files(layout: Layout, working_dir: str) -> None:
    """With owners, modes and times, and without reading what the file system can share."""
    tree = Path(layout.tree)
    if any(layout.tree.startswith(f"{path}/") for path in layout.copied):
        raise ShoreError(
            f"the copy would lie inside of {working_dir}",
            hint="let XDG_STATE_HOME name a folder outside of the project",
        )
    for path in layout.copied:
        target = Path(layout.place(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        reflink = ["--reflink=auto"] if sys.platform == "linux" else []
        done = subprocess.run(["cp", "-a", *reflink, path, str(target)], capture_output=True, text=True, check=False)
        if done.returncode:
            lines = tuple(done.stderr.splitlines()[-3:])
            raise ShoreError(
                f"{path} cannot be copied", details=lines, hint="see what is unreadable there, or --no-fresh"
            )
    tree.mkdir(exist_ok=True)


def _free(ports: Iterable[Port]) -> list[int]:
    """A host port for each that nobody has; all are held until the last is found, so that no two are the same."""
    held: list[socket.socket] = []
    try:
        for port in ports:
            kind = socket.SOCK_DGRAM if port.protocol == "udp" else socket.SOCK_STREAM
            family = socket.AF_INET6 if ":" in port.host_ip else socket.AF_INET
            one = socket.socket(family, kind)
            held.append(one)
            one.bind((port.host_ip if family == socket.AF_INET6 else port.host_ip or "0.0.0.0", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()
