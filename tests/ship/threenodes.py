"""A real Swarm of three managers for tests: private dockerds, each in a network namespace on one bridge, with a host
name of its own and its socket where engines have theirs. Their links can be cut, and they can be killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.docker.dockerd import another_in, pid_at
from tests.ship.swarmnode import PORT, Node, run

NETWORK = os.environ.get("LONGSHORE_TEST_SWARM", "10.215.81")
OURS = f"{NETWORK}.254"
POOL = "base=10.217.0.0/16,size=24"


@dataclass(frozen=True)
class Member(Node):
    """One of the three. `link` is its end on the bridge, `folder` what its dockerd keeps."""

    name: str
    link: str
    folder: Path

    def cut(self, *, down: bool) -> None:
        """Take its cable out, or put it back."""
        run("ip", "link", "set", self.link, "down" if down else "up")

    def inside(self, *words: str) -> None:
        """A program in its network namespace."""
        run("nsenter", f"--net=/var/run/netns/{self.link.replace('v', 'n')}", *words)

    def processes(self) -> list[int]:
        """All of its network namespace and its containers': the daemon, its containerd, shims and tasks."""
        daemon = pid_at(self.folder)
        found = {daemon}
        parents = {pid: _parent(pid) for pid in _pids()}
        for _ in range(8):
            found |= {pid for pid, parent in parents.items() if parent in found}
        marked = str(self.folder).encode()
        found |= {pid for pid in parents if marked in _command(pid)}
        for _ in range(8):
            found |= {pid for pid, parent in parents.items() if parent in found}
        return sorted(found - {os.getpid()})

    def kill(self) -> None:
        """As if its power went: everything at once."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def _pids() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> bytes:
    """Of a daemon or shim, the folder of its node is in it."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
    return words if b"containerd" in words or b"dockerd" in words else b""


def until(holds: Callable[[], object], what: str, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.2)


CPU = Path("/sys/fs/cgroup/cpu")
MOST_SHARES = "262144"


@contextmanager
def first_served(name: str) -> Iterator[None]:
    """A group of processes, empty at first, that has the processors before all others on a busy machine: niceness
    counts in a group of its own alone. Nothing where there are no such groups."""
    place = CPU / name
    if not (CPU / "cpu.shares").exists():
        yield
        return
    place.mkdir(exist_ok=True)
    (place / "cpu.shares").write_text(MOST_SHARES)
    try:
        yield
    finally:
        for folder in sorted(CPU.parent.glob(f"*/{name}/**/"), key=lambda one: -len(one.parts)):
            with suppress(OSError):  # somebody is in it still
                folder.rmdir()


@contextmanager
def _we_too(name: str) -> Iterator[None]:
    """This process, that asks the nodes, and its children in such a group."""
    with first_served(name):
        if (CPU / name).exists():
            (CPU / name / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            if (CPU / name).exists():
                (CPU / "cgroup.procs").write_text(str(os.getpid()))


@contextmanager
def three_nodes(folder: Path) -> Iterator[tuple[Member, ...]]:
    """They and their tasks come first on a busy machine, as a server's own do."""
    mark = os.getpid() % 100000
    bridge = f"shp{mark}"
    run("ip", "link", "add", bridge, "type", "bridge")
    try:
        run("ip", "address", "add", f"{OURS}/24", "dev", bridge)
        run("ip", "link", "set", bridge, "up")
        with ExitStack() as stack:
            stack.enter_context(_we_too(bridge))
            members = tuple(stack.enter_context(_member(folder / f"n{n}", bridge, mark, n)) for n in (1, 2, 3))
            first = members[0]
            first.docker("swarm", "init", "--advertise-addr", first.address)
            token = first.docker("swarm", "join-token", "-q", "manager")
            for one in members[1:]:
                one.docker("swarm", "join", "--token", token, "--advertise-addr", one.address, f"{first.address}:2377")
            yield members
    finally:
        run("ip", "link", "delete", bridge)


@contextmanager
def _member(folder: Path, bridge: str, mark: int, number: int) -> Iterator[Member]:
    space, link, address = f"shp{mark}n{number}", f"shp{mark}v{number}", f"{NETWORK}.{number}"
    folder.mkdir()
    run("ip", "netns", "add", space)
    try:
        run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "link", "set", link, "master", bridge, "up")
        for words in (f"addr add {address}/24 dev eth0", "link set eth0 up", "link set lo up",
                      f"route add default via {OURS}"):  # fmt: skip
            run("ip", "-n", space, *words.split())
        group = CPU / space / "engine"
        begin = (
            f"hostname n{number}; mkdir -p {group} && echo $$ > {group}/cgroup.procs; "
            f'mount -t tmpfs tmpfs /run && ln -s {folder}/docker.sock /run/docker.sock; exec "$@"'
        )
        prefix = ("nice", "-n", "-15", "nsenter", f"--net=/var/run/netns/{space}",
                  "unshare", "--uts", "--mount", "sh", "-c", begin, "-")  # fmt: skip
        options = ("--host", f"tcp://{address}:{PORT}", "--tls=false", "--default-address-pool", POOL,
                   "--insecure-registry", f"{NETWORK}.0/24", "--cgroup-parent", f"/{space}")  # fmt: skip
        with first_served(space), another_in(folder, prefix, *options):
            yield Member(f"tcp://{address}:{PORT}", address, f"n{number}", link, folder)
    finally:
        run("ip", "netns", "delete", space)
