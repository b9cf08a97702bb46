"""Making a container's process: its place in namespaces, control groups and networks, and the handshake with it."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from longshore.model.codec import encode
from longshore.model.errors import ShoreError
from longshore.model.record import record, replace
from longshore.native.agent.container.namespaces import Namespaces
from longshore.native.agent.container.ordering import Surroundings, make_order
from longshore.native.agent.container.stepping import whom
from longshore.native.agent.ground import Ground
from longshore.native.agent.network.dns import search_domains
from longshore.native.inside.order import Order, PlacedMount
from longshore.native.inside.root import inside
from longshore.native.shared.cgroups import ControlGroup, available, warm_up_beside
from longshore.native.shared.records import Record
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.starting import CannotStart, go, pid_of, tell, wait_for_exit

__all__ = ["Basis", "Launched", "Ready", "basis", "make_ready"]


@record(frozen=False)
class Launched:
    """A container's process. `terminal` is its terminal's master or -1; `names` are the sockets of its name server
    until somebody takes them. `listener` is where it is asked who its processes may be, or -1."""

    pid: int
    pidfd: int
    namespaces: Namespaces
    group: ControlGroup
    terminal: int = -1
    names: tuple[int, int] | None = None
    listener: int = -1

    def close(self) -> None:
        """Let go of what stands for the process, which has ended."""
        os.close(self.pidfd)
        self.namespaces.close()
        self.group.remove()
        for descriptor in (self.terminal, self.listener, *(self.names or ())):
            if descriptor >= 0:
                os.close(descriptor)
        self.pidfd = self.terminal = self.listener = -1
        self.names = None

    def take_listener(self) -> int:
        """The listener, now the caller's."""
        listener, self.listener = self.listener, -1
        return listener

    def take_names(self) -> tuple[int, int] | None:
        """The sockets of its name server, now the caller's."""
        names, self.names = self.names, None
        return names

    @property
    def ended(self) -> bool:
        """Whether the process has ended; it is not collected by this."""
        try:
            return self.pidfd < 0 or os.waitid(os.P_PIDFD, self.pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # it is collected
            return True

    async def give_up(self) -> None:
        """End it: it is not wanted any more."""
        self.signal(signal.SIGKILL)
        await wait_for_exit(self.pidfd)
        self.close()

    def signal(self, number: int) -> None:
        if self.pidfd >= 0:  # else it has ended, and we have let go of it
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, number)


@record
class Basis:
    """What a process that is made ready depends on: its order, and which file or directory (device, inode) each of its
    mounts shows; None where one may still change its look, so that nothing is to be made ahead."""

    order: Order
    sources: tuple[tuple[int, int], ...] | None


@record(frozen=False)
class Ready:
    """A process that has everything but the service's program, for which it waits."""

    service: str
    made: Launched
    basis: Basis
    _control: socket.socket

    def fits(self, basis: Basis) -> bool:
        """Whether it lives and is what would be made now."""
        return self.basis == basis and not self.made.ended

    async def go(self) -> Launched:
        """Let it execute the program. Raises ShoreError when it cannot."""
        with self._control:
            try:
                handed = await go(self._control)
            except BaseException as error:
                await self.made.give_up()
                if isinstance(error, CannotStart):
                    raise ShoreError(f"{self.service}: cannot start: {error}") from error
                raise
        self.made.listener = handed[0] if handed else -1
        if self.basis.order.nested:
            self.made.namespaces.find_user(self.made.pid)
        return self.made

    async def give_up(self) -> None:
        """End it: it is not wanted any more."""
        self._control.close()
        await self.made.give_up()


def basis(ground: Ground, record: Record, contents: Mapping[str, bytes], names_from: Path | None = None) -> Basis:
    """`names_from` is the directory of the container whose network it shares. Raises ShoreError for what cannot be
    ordered at all."""
    becomes = whom(record.spec) if ground.nests(record.spec) else ""
    around = replace(_surroundings(ground, record.spec, contents), becomes=becomes, names_from=names_from)
    order = make_order(record, around)
    return Basis(order, _sources(order))


def _sources(order: Order) -> tuple[tuple[int, int], ...] | None:
    """None for a missing source, which another service may be about to make, for a directory that would be made in one
    of them: another may be about to ask whether it is there; and where a file is copied in, which may be written anew
    meanwhile."""
    if any(file.source for file in order.files):
        return None
    binds = [entry for entry in order.mounts if entry.type != "tmpfs"]
    try:
        found = [_identity(Path(entry.source)) for entry in binds]
        for path in (
            *(entry.target for entry in binds),
            *(file.target for file in order.files),
            order.spec.working_dir,
        ):
            around = _mount_around(order, path)
            if around and around.type != "tmpfs":
                found.append(_identity(inside(Path(around.source), path.removeprefix(around.target))))
    except (OSError, ValueError):
        return None
    return tuple(found)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _mount_around(order: Order, path: str) -> PlacedMount | None:
    """The innermost mount that `path` lies in, and is not the place of."""
    around = [entry for entry in order.mounts if path.startswith(f"{entry.target.rstrip('/')}/")]
    return max(around, key=lambda entry: len(entry.target), default=None)


async def make_ready(
    ground: Ground, record: Record, spec_json: str, basis: Basis, streams: Sequence[int], joined: int
) -> Ready:
    """Make the container's process with these standard streams (none when it has a terminal); `joined` is another
    container's network namespace or -1. Raises ShoreError when it cannot be made."""
    spec, order = record.spec, basis.order
    group = ControlGroup(spec.project, spec.id, spec.resources)
    ours, theirs = socket.socketpair()  # a stream: an order may be larger than a packet
    ours.setblocking(False)
    try:
        try:
            group.make()
            if group.members:
                warm_up_beside()
            pidfd = await ground.zygote.container(
                theirs.fileno(), streams, group.members, own_network=order.own_network, init=spec.init, join=joined
            )
        except OSError as error:
            group.remove()
            raise ShoreError(f"{spec.service}: cannot make a container: {error.strerror}") from error
        finally:
            theirs.close()
        made = await _launched(spec.service, pidfd, group, own_network=order.own_network, joined=joined)
        await _handshake(ground, record, order, spec_json, made, ours)
    except BaseException:
        ours.close()
        raise
    return Ready(spec.service, made, basis, ours)


async def _launched(service: str, pidfd: int, group: ControlGroup, *, own_network: bool, joined: int) -> Launched:
    """Raises ShoreError when it has ended already: then it has no namespaces to be had."""
    try:
        pid = pid_of(pidfd)
        return Launched(pid, pidfd, Namespaces.of(pid, own_network=own_network, joined=joined), group)
    except OSError as error:
        await Launched(0, pidfd, Namespaces(), group).give_up()
        raise ShoreError(f"{service}: cannot start: the first process was killed") from error


async def _handshake(
    ground: Ground, record: Record, order: Order, spec_json: str, made: Launched, control: socket.socket
) -> None:
    """Put the process on its networks, tell it what to be, and hear that it is ready for that."""
    try:
        await ground.hub.attach(made.pid, await ground.networks.attachments(record))
        rest = json.dumps({**encode(order, skip=frozenset({"spec"})), "groups": made.group.members})
        descriptors = await tell(control, f'{{"spec":{spec_json},{rest[1:]}')
    except BaseException as error:
        await made.give_up()
        if isinstance(error, OSError | CannotStart):
            what = getattr(error, "strerror", None) or error
            raise ShoreError(f"{record.spec.service}: cannot start: {what}") from error
        raise
    if record.spec.tty:
        made.terminal = descriptors[-1]
    if order.name_server:
        made.names = (descriptors[0], descriptors[1])


def _surroundings(ground: Ground, spec: ContainerSpec, contents: Mapping[str, bytes]) -> Surroundings:
    own_files = spec.network_mode in ("host", "none")
    return Surroundings(
        directory=ground.places.container(spec.id),
        networks=ground.networks.records,
        volumes=ground.volumes,
        files=contents,
        nested=ground.nests(spec),
        mapped=ground.nested and not ground.nests(spec),
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
