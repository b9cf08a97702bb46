"""Running one command in layers, apart from the host: what a Dockerfile's RUN does, and what provider images are
prepared with. It is a container like a service's: the same order, the same code inside (native/inside)."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Literal

from longshore.engine.uninterrupted import whole
from longshore.model.codec import encode
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.native.image.build.ownership import answer_chown
from longshore.native.image.build.workers import worker
from longshore.native.image.process import lines_of
from longshore.native.inside.order import Order, PlacedFile, PlacedMount
from longshore.native.kernel.capabilities import DEFAULT
from longshore.native.kernel.notification import Answering
from longshore.native.kernel.privileges import is_root
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.starting import CannotStart, go, tell, wait_for_exit

__all__ = ["Bind", "Outcome", "Sandbox", "run_in"]

PREPARING_FAILED = 125
"""The exit code when the sandbox cannot be made (as `docker run` has it)."""


@record
class Bind:
    """Something of the host, or an empty file system, shown at `target` while the command runs, never in the layer.

    `text` makes a private file with that content, read-only; `source` binds a file or directory; neither makes a
    tmpfs."""

    target: str
    source: str = ""
    text: str | None = None
    read_only: bool = True
    size: int = 0
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


@record
class Sandbox:
    """A command and where it runs. `layers` lowest first; changes go to `upper`. `user` as USER has it."""

    argv: tuple[str, ...]
    layers: tuple[str, ...]
    upper: str
    env: Mapping[str, str] = EMPTY
    cwd: str = "/"
    user: str = ""
    network: Literal["host", "none"] = "host"
    binds: tuple[Bind, ...] = ()
    hostname: str = "buildkitsandbox"


@record
class Outcome:
    """`code` is the command's own exit code (128 + signal when it was killed); `trouble` is set instead when the
    sandbox could not be made."""

    code: int
    lines: tuple[str, ...]
    trouble: str = ""


async def run_in(sandbox: Sandbox, scratch: Path, on_line: Callable[[str], None] | None = None) -> Outcome:
    """Run to the end; `scratch` is on the file system of the layer. Cancelled or killed, nothing of it stays: process
    or mount."""
    for directory in (scratch, Path(sandbox.upper)):
        directory.mkdir(parents=True, exist_ok=True)
    order = _order(sandbox, scratch)
    read, write = os.pipe()
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with (
        ours,
        theirs,
        open(read, "rb", buffering=0) as output,
        open(write, "wb") as end,
        open(os.devnull, "rb") as null,
    ):
        try:
            with worker() as zygote:
                streams = (null.fileno(), end.fileno(), end.fileno())
                pidfd = await whole(
                    zygote.container(theirs.fileno(), streams, own_network=order.own_network, init=False)
                )
                theirs.close()
                end.close()
                return await _to_the_end(pidfd, ours, order, output, on_line)
        except OSError as error:
            return Outcome(PREPARING_FAILED, (), error.strerror or str(error))


async def _to_the_end(
    pidfd: int, control: socket.socket, order: Order, output: IO[bytes], on_line: Callable[[str], None] | None
) -> Outcome:
    """How the container behind `pidfd` (closed here) fares."""
    failed: CannotStart | None = None
    owners: Answering | None = None
    try:
        try:
            await tell(control, json.dumps(encode(order)))
            handed = await go(control)
            owners = Answering(handed[0], answer_chown) if handed else None
        except CannotStart as error:
            failed = error
        lines = await lines_of(output, on_line)
        code = await wait_for_exit(pidfd)
    except BaseException:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        await whole(wait_for_exit(pidfd))
        raise
    finally:
        os.close(pidfd)
        if owners:
            owners.close()
    if failed is None:
        return Outcome(code, lines)
    if failed.code == PREPARING_FAILED:
        return Outcome(failed.code, (), str(failed))
    return Outcome(failed.code, (*lines, str(failed)))


def _order(sandbox: Sandbox, scratch: Path) -> Order:
    root = is_root()
    spec = ContainerSpec(
        id="",
        name=sandbox.hostname,
        project="",
        service="",
        argv=sandbox.argv,
        layers=sandbox.layers,
        environment=sandbox.env,
        working_dir=sandbox.cwd,
        user=sandbox.user,
        hostname=sandbox.hostname,
        network_mode=sandbox.network,
        capabilities=tuple(sorted(DEFAULT)),
    )
    binds = sorted(sandbox.binds, key=lambda bind: bind.target.split("/"))
    return Order(
        spec,
        str(scratch),
        nested=not root,
        layer=sandbox.upper,
        mounts=tuple(_mount(bind) for bind in binds if bind.text is None),
        files=tuple(_file(bind, bind.text) for bind in binds if bind.text is not None),
        own_network=sandbox.network == "none",
        name_server=False,
        pretends=not root,
        asks="" if root else "owners",
        gains=root,
    )


def _mount(bind: Bind) -> PlacedMount:
    if bind.source:
        return PlacedMount("bind", bind.target, bind.source, bind.read_only)
    size = f",size={bind.size}" if bind.size else ""
    return PlacedMount("tmpfs", bind.target, read_only=bind.read_only, data=f"mode={bind.mode:o}{size}")


def _file(bind: Bind, text: str) -> PlacedFile:
    return PlacedFile(bind.target, base64.b64encode(text.encode()).decode(), bind.uid, bind.gid, bind.mode)
