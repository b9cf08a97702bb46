"""Making a container's process: its place in namespaces, control groups and networks, and the handshake with it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.engine.native.agent.cgroups import ControlGroup, available
from longshore.engine.native.agent.commands import order_and_answer, wait_for_exit
from longshore.engine.native.agent.dns import search_domains
from longshore.engine.native.agent.namespaces import Namespaces
from longshore.engine.native.agent.ordering import Surroundings, make_order
from longshore.engine.native.codec import encode
from longshore.engine.native.inside.order import Order
from longshore.engine.native.records import Record
from longshore.engine.native.spec import ContainerSpec
from longshore.model.errors import ShoreError
from longshore.model.record import record

if TYPE_CHECKING:
    from longshore.engine.native.agent.project import Project

__all__ = ["Launched", "launch"]


@record(frozen=False)
class Launched:
    """A process that has executed the service's program. `terminal` is its terminal's master or -1; `names` are the
    sockets of its name server."""

    pid: int
    pidfd: int
    namespaces: Namespaces
    group: ControlGroup
    terminal: int = -1
    names: tuple[int, int] | None = None

    def close(self) -> None:
        """Let go of what stands for the process, which has ended."""
        os.close(self.pidfd)
        self.namespaces.close()
        self.group.remove()
        if self.terminal >= 0:
            os.close(self.terminal)
        self.pidfd = self.terminal = -1

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, number)


async def launch(
    project: Project,
    record: Record,
    spec_json: str,
    contents: Mapping[str, bytes],
    streams: Sequence[int],
    joined: int,
) -> Launched:
    """Start the container's process with these standard streams (none when it has a terminal); `joined` is another
    container's network namespace or -1. Raises ShoreError when it cannot be started."""
    spec = record.spec
    order = make_order(record, _surroundings(project, spec, contents))
    group = ControlGroup(spec.project, spec.id, spec.resources)
    ours, theirs = socket.socketpair()  # a stream: an order may be larger than a packet
    ours.setblocking(False)
    with ours:
        try:
            group.make()
            pid = await project.zygote.container(
                theirs.fileno(), streams, group.members, own_network=order.own_network, join=joined
            )
        except OSError as error:
            group.remove()
            raise ShoreError(f"{spec.service}: cannot make a container: {error.strerror}") from error
        finally:
            theirs.close()
        namespaces = Namespaces.of(pid, own_network=order.own_network, joined=joined)
        made = Launched(pid, os.pidfd_open(pid), namespaces, group)
        await _handshake(project, record, order, spec_json, made, ours)
    if project.nested:
        made.namespaces.find_user(pid)
    return made


async def _handshake(
    project: Project, record: Record, order: Order, spec_json: str, made: Launched, control: socket.socket
) -> None:
    """Put the process on its networks, tell it what to be, and hear that it is."""
    try:
        await project.hub.attach(made.pid, await project.networks.attachments(record))
        rest = json.dumps({**encode(order, skip=frozenset({"spec"})), "groups": made.group.members})
        answer, descriptors = await order_and_answer(control, f'{{"spec":{spec_json},{rest[1:]}')
    except BaseException as error:
        await _give_up(made)
        if isinstance(error, OSError):
            raise ShoreError(f"{record.spec.service}: cannot start: {error.strerror or error}") from error
        raise
    if "failed" in answer or not answer:
        for descriptor in descriptors:
            os.close(descriptor)
        await _give_up(made)
        what = answer.get("failed", "the first process was killed")
        raise ShoreError(f"{record.spec.service}: cannot start: {what}")
    if record.spec.tty:
        made.terminal = descriptors[-1]
    if order.name_server:
        made.names = (descriptors[0], descriptors[1])


async def _give_up(made: Launched) -> None:
    made.signal(signal.SIGKILL)
    await asyncio.shield(asyncio.ensure_future(wait_for_exit(made.pidfd)))
    made.close()


def _surroundings(project: Project, spec: ContainerSpec, contents: Mapping[str, bytes]) -> Surroundings:
    own_files = spec.network_mode == "host"
    return Surroundings(
        directory=project.places.container(spec.id),
        networks=project.record.networks,
        volumes=project.volumes,
        files=contents,
        nested=project.nested,
        limits_kept=available() > 0,
        search=search_domains(),
        host_resolv=_text("/etc/resolv.conf") if own_files else "",
        host_hosts=_text("/etc/hosts") if own_files else "",
    )


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
