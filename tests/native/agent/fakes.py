"""In place of what needs namespaces: a zygote whose containers are plain processes of the machine, a network without
bridges, a project that only listens."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from longshore.model.record import replace
from longshore.native.agent.container.supervised import Supervised
from longshore.native.agent.ground import Ground
from longshore.native.agent.network.hub import Hub
from longshore.native.agent.network.networks import Networks
from longshore.native.kernel.sockets import SOCKET_DIAGNOSIS
from longshore.native.shared.places import Places
from longshore.native.shared.records import Record
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.volumes import Volumes
from longshore.native.shared.zygote import Zygote
from longshore.state.events import Event

__all__ = ["FakeHub", "FakeZygote", "Listening", "container", "ground_of", "spec_of", "until"]

_FIRST_PROCESS = """
read -r order <&3; echo '{"ready": true}' >&3; word=$(head -c1 <&3); [ "$word" = g ] || exit 125
eval "exec 3>&-; $1"
"""
"""The other side of shared/starting.py: take the order, be ready, wait for the word, be the program."""

_COMMAND = """order=$(cat <&3); echo '{"ready": true}' >&3; eval "exec 3>&-; $1" """


class FakeZygote(Zygote):
    """Each container runs the next of `programs` (the last again and again), in the shell, with /bin/sh as its own
    process; each command `command`. `refuses` is raised in place of the next start."""

    def __init__(self, *programs: str) -> None:
        self.programs = list(programs) or ["exec sleep 60"]
        self.command_text = "exit 0"
        self.pids: list[int] = []
        self.signals: list[int] = []
        self.refuses: OSError | None = None
        self.lost: Callable[[], None] = lambda: None

    def watch(self, lost: Callable[[], None]) -> None:
        self.lost = lost

    def unwatch(self) -> None:
        self.lost = lambda: None

    def close(self) -> None:
        for pid in self.pids:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass

    async def container(
        self,
        control: int,
        streams: Sequence[int],
        groups: Sequence[str] = (),
        *,
        own_network: bool,
        init: bool,
        join: int = -1,
    ) -> int:
        await asyncio.sleep(0)
        if self.refuses:
            raise self.refuses
        program = self.programs.pop(0) if len(self.programs) > 1 else self.programs[0]
        return self._spawn(_FIRST_PROCESS, program, control, streams)

    async def command(self, control: int, streams: Sequence[int], enter: Sequence[int], user: int = -1) -> int:
        await asyncio.sleep(0)
        return self._spawn(_COMMAND, self.command_text, control, streams)

    async def everyone(self, processes: int, number: int) -> int:
        self.signals.append(number)
        for pid in self.pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        return self._spawn("exit 0", "", -1, ())

    def _spawn(self, script: str, program: str, control: int, streams: Sequence[int]) -> int:
        actions = [(os.POSIX_SPAWN_DUP2, source, target) for target, source in enumerate(streams)]
        if control >= 0:
            actions.append((os.POSIX_SPAWN_DUP2, control, 3))
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", script, "sh", program], os.environ, file_actions=actions)
        self.pids.append(pid)
        return os.pidfd_open(pid)

    @property
    def alive(self) -> list[int]:
        """Those that run, or have ended and were not collected."""
        return [pid for pid in self.pids if Path(f"/proc/{pid}").exists()]


class FakeHub(Hub):
    """No bridges and no thread; what a health check is told of sockets is this machine's own."""

    def close(self) -> None:
        """Nothing was opened."""

    async def diagnosis_in(self, namespace: int) -> socket.socket:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, SOCKET_DIAGNOSIS)


class Listening:
    """The neighbours of a container that is alone: what it tells is kept."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.gone: set[str] = set()
        self.endings: list[tuple[str, bool]] = []
        self.enough_prepared = False

    def changed(self) -> None:
        """Nothing is saved."""

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def has(self, identity: str) -> bool:
        return identity not in self.gone

    def ended(self, identity: str, *, remove: bool) -> None:
        self.endings.append((identity, remove))

    def network_of(self, name: str, *, by_service: bool) -> int | None:
        return None

    def silent(self, record: Record, name: str) -> tuple[str, ...] | None:
        return None

    @property
    def told(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


def spec_of(**changes: object) -> ContainerSpec:
    spec = ContainerSpec("0123456789ab", "shop-web-1", "shop", "web", ("true",), (), network_mode="none")
    return replace(spec, **changes)


def ground_of(folder: Path, zygote: Zygote) -> Ground:
    places, hub = Places(folder / "state", folder / "data", folder / "cache"), FakeHub()
    project = places.project("shop")
    project.logs.mkdir(parents=True)
    project.containers.mkdir()
    return Ground(project, zygote, hub, Networks(hub, dict), Volumes(places.volumes), nested=False)


def container(folder: Path, zygote: Zygote, neighbours: Listening, **changes: object) -> Supervised:
    return Supervised(ground_of(folder, zygote), neighbours, Record(spec_of(**changes)))


async def until(true: Callable[[], object], what: str) -> None:
    """Wait for a state that is to come within two seconds."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.002)
    raise AssertionError(what)
