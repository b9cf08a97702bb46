"""The stack of the many faults: PostgreSQL and Redis, those who write to them, and what must be there afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from longshore.native.kernel.syscalls import CLONE_NEWNET, setns
from tests.docker import dockerd
from tests.faults.sqlclient import Sql
from tests.faults.torture import Broken, processes, role
from tests.installed import user_environment
from tests.localregistry import LocalRegistry, local_registry, why_no_registry
from tests.users import User

__all__ = ["UP_SECONDS", "Broken", "Field", "Who", "field", "why_no_clock", "why_not"]

SIZE = "700m"
IMAGES = {"db": "postgres:16-alpine", "redis": "redis:7-alpine"}
WRITING = 0.4
"""Seconds of writes, at most, before a fault strikes."""
UP_SECONDS = 240
CLOCK = Path(__file__).with_name("clock.c")
"""What makes the clock of the programs into which it is loaded jump, and nobody else's."""
PORTS = range(12_000, 30_000)
"""Below those that the kernel gives to whoever asks for any."""
SO_NETNS_COOKIE = 71
"""asm-generic/socket.h."""


def why_not() -> str:
    """Why none of this can run here, "" when it can."""
    return "a small file system needs root" if os.geteuid() else why_no_registry() or dockerd.why_not()


def why_no_clock() -> str:
    """Why no clock can jump here, "" when one can: the machine's own is everybody's."""
    return "" if shutil.which("cc") else "no C compiler (apt-get install gcc libc6-dev)"


@dataclass(frozen=True)
class Who:
    """Whose stack it is: root's, or a user's with an installation of its own."""

    shore: str
    user: User | None = None

    @property
    def prefix(self) -> tuple[str, ...]:
        return self.user.prefix if self.user else ()

    def environment(self) -> dict[str, str]:
        return user_environment() if self.user else dict(os.environ)

    def give(self, *paths: Path) -> None:
        if self.user:
            for path in paths:
                os.chown(path, self.user.uid, self.user.uid)


class Field:
    """The stack and those who write to it. `acknowledged` are the greatest numbers that each server said it has.
    `small` is the file system where state and data lie; `clock` says whether time can be made to jump."""

    def __init__(self, who: Who, folder: Path, registry: Registry, chance: random.Random, *, clock: bool) -> None:
        self.who, self.folder, self.registry, self.chance = who, folder, registry, chance
        self.small = folder / "small"
        self.mark = os.urandom(8).hex()
        self.name = f"faults-{self.mark[:8]}"
        self.ports = {"db": _free_port(), "redis": _free_port()}
        self.acknowledged = {"db": 0, "redis": 0}
        self.lost = ""
        self.networks: set[int] = set()
        """Every network namespace in which anything of the stack was seen: its bridges and veths lie in those."""
        homes = {"XDG_STATE_HOME": self.small / "s", "XDG_DATA_HOME": self.small / "d",
                 "XDG_RUNTIME_DIR": self.small / "r", "XDG_CACHE_HOME": folder / "cache"}  # fmt: skip
        for path in homes.values():
            path.mkdir(mode=0o700)
        who.give(*homes.values())
        self.state = str(homes["XDG_STATE_HOME"])
        self.cache = homes["XDG_CACHE_HOME"] / "longshore"
        self.environment = {**who.environment(), **{name: str(path) for name, path in homes.items()}}
        self.clock = folder / "clock" if clock else None
        if self.clock:
            self.jump(0)
            subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", folder / "clock.so", CLOCK], check=True)
            self.environment |= {"JUMPING_CLOCK": str(self.clock), "LD_PRELOAD": str(folder / "clock.so")}

    # --- the stack ---------------------------------------------------------------------------------------------------
    def write_file(self) -> None:
        variables, volumes = {"FAULT": self.mark}, []
        if self.clock:
            variables |= {"JUMPING_CLOCK": "/clock", "LD_PRELOAD": "/clock.so"}
            volumes = [f"{self.clock}:/clock:ro", f"{self.folder}/clock.so:/clock.so:ro"]
        common = {"init": True, "stop_grace_period": "10s"}
        check = {"interval": "5s", "timeout": "5s", "retries": 60}
        db = {
            **common, "image": self.registry.names["db"],
            "environment": {**variables, "POSTGRES_HOST_AUTH_METHOD": "trust"},
            "volumes": ["db:/var/lib/postgresql/data", *volumes], "ports": [f"127.0.0.1:{self.ports['db']}:5432"],
            "healthcheck": {"test": ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"], **check},
        }  # fmt: skip
        redis = {
            **common, "image": self.registry.names["redis"], "environment": variables,
            "volumes": ["redis:/data", *volumes], "ports": [f"127.0.0.1:{self.ports['redis']}:6379"],
            "command": ["redis-server", "--appendonly", "yes", "--appendfsync", "always"],
            "healthcheck": {"test": ["CMD", "redis-cli", "ping"], **check},
        }  # fmt: skip
        whole = {"name": self.name, "services": {"db": db, "redis": redis}, "volumes": {"db": {}, "redis": {}}}
        (self.folder / "compose.yaml").write_text(json.dumps(whole))

    def command(self, *words: str) -> list[str]:
        return [*self.who.prefix, self.who.shore, "--engine", "native", "--images", "registry", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=UP_SECONDS,
        )  # fmt: skip

    def begin(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words), cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def up(self) -> None:
        done = self.run("up", "-d", "--wait")
        if done.returncode:
            raise Broken(f"the next up: exit {done.returncode}\n{done.stdout}{done.stderr}")

    def down(self) -> None:
        done = self.run("down")
        if done.returncode:
            raise Broken(f"down: exit {done.returncode}\n{done.stderr}")
        self.check_nothing_left()

    def jump(self, seconds: int) -> None:
        """From here on the clock of `shore`, the agent and the servers is so much beside the machine's."""
        assert self.clock, "the stack was not begun with a clock of its own"
        with open(self.clock, "r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))

    def pids(self, *kinds: str) -> list[int]:
        return [int(one.name) for one in processes() if role(one, self.mark, self.state) in kinds]

    # --- what is written ---------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Rows go to both servers, also to those that came back, until shortly after the block has ended."""
        enough = threading.Event()
        writers = [threading.Thread(target=self._keep, args=(write, enough))
                   for write in (self._write_redis, self._write_sql)]  # fmt: skip
        for writer in writers:
            writer.start()
        time.sleep(self.chance.uniform(0, WRITING))
        try:
            yield
        finally:
            enough.wait(0.1)
            enough.set()
            for writer in writers:
                writer.join()

    def _keep(self, write: object, enough: threading.Event) -> None:
        assert callable(write)
        while not enough.is_set():
            with suppress(OSError):
                write(enough)
            enough.wait(0.05)

    def _write_redis(self, enough: threading.Event) -> None:
        with socket.create_connection(("127.0.0.1", self.ports["redis"]), 2) as server:
            server.settimeout(2)
            if (found := _rows(server)) is None:
                return
            if found < self.acknowledged["redis"]:
                self.lost = f"Redis acknowledged {self.acknowledged['redis']} rows, {found} were there on return"
            while not enough.is_set():
                server.sendall(b"INCR rows\r\n")
                answer = server.recv(64)
                if not answer.startswith(b":"):
                    return
                self.acknowledged["redis"] = max(self.acknowledged["redis"], int(answer[1:]))

    def _write_sql(self, enough: threading.Event) -> None:
        with Sql(self.ports["db"], 2) as server:
            while not enough.is_set():
                number = self.acknowledged["db"] + 1
                server.ask(f"INSERT INTO kept VALUES ({number}) ON CONFLICT DO NOTHING")
                self.acknowledged["db"] = number

    def check_rows(self) -> None:
        if lost := self.lost:
            self.lost = ""
            raise Broken(lost)
        with Sql(self.ports["db"], 10) as server:
            kept = int(server.ask("SELECT count(*) FROM kept"))
        if kept < self.acknowledged["db"]:
            raise Broken(f"PostgreSQL acknowledged {self.acknowledged['db']} rows, {kept} are there")
        with socket.create_connection(("127.0.0.1", self.ports["redis"]), 5) as redis:
            redis.settimeout(10)
            found = _rows(redis)
        if found is None or found < self.acknowledged["redis"]:
            raise Broken(f"Redis acknowledged {self.acknowledged['redis']} rows, {found} are there")

    # --- what is left over -------------------------------------------------------------------------------------------
    def check_one_of_each(self) -> None:
        """While the stack is up: one agent, and an init for each service; what came before them is gone."""
        deadline = time.monotonic() + 10
        while (found := [len(self.pids(kind)) for kind in ("agent", "init")]) != [1, 2]:
            if time.monotonic() > deadline:
                raise Broken(f"agents and inits, which should be 1 and 2: {found}")
            time.sleep(0.05)
        for pid in self.pids("agent", "helper", "init", "service"):
            self.networks |= {_cookie(place) for place in _of_tasks(pid).values()}
        self.networks -= {_cookie("/proc/self/ns/net"), 0}

    def check_nothing_left(self) -> None:
        """After `down`: no process, mount, interface, group or half-made file of the project."""
        deadline = time.monotonic() + 10
        while left := self.leftovers():
            if time.monotonic() > deadline:
                raise Broken(f"after down there are: {', '.join(left)}")
            time.sleep(0.05)

    def leftovers(self) -> list[str]:
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        groups = [path for path, _, _ in os.walk("/sys/fs/cgroup") if path.endswith(f"/longshore/{self.name}")]
        return [
            *(f"process {one.name}" for one in processes() if role(one, self.mark, self.state)),
            *(f"mount {path}" for path in mounts if path.startswith(str(self.folder)) and path != str(self.small)),
            *(f"group {path}" for path in groups),
            *(f"interfaces in {name}" for name, place in _networks().items() if _cookie(place) in self.networks),
        ]


class Registry:
    """The registry of the images, which can be ended and begun again at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._held = folder, contextlib.ExitStack()
        self.names: dict[str, str] = {}
        self.port = 0

    def begin(self) -> LocalRegistry:
        found = self._held.enter_context(local_registry(self.folder, port=self.port))
        self.port = int(found.host.rpartition(":")[2])
        return found

    def end(self) -> None:
        self._held.close()


def _fill(registry: Registry) -> None:
    """Push what is not there yet."""
    place = registry.folder / "data/docker/registry/v2/repositories/faults"
    missing = [name for name in IMAGES if not (place / name / "_manifests/tags/1").exists()]
    if not missing:
        return
    with dockerd.running() as host:
        dockerd.stand_ins(host, *IMAGES.values())
        for name in missing:
            dockerd.Docker(host).give(IMAGES[name], registry.names[name])


def _rows(server: socket.socket) -> int | None:
    """How many rows Redis says that it has; None where it does not say."""
    server.sendall(b"GET rows\r\n")
    answer = server.recv(64).split(b"\r\n")
    if answer[0] == b"$-1":
        return 0
    return int(answer[1]) if answer[0].startswith(b"$") else None


def _networks() -> dict[str, str]:
    """The network namespaces that are there, and where each can be opened: somebody is in one, holds it open, or it is
    mounted."""
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    found = {fields[3]: fields[4] for fields in mounts if fields[3].startswith("net:[")}
    for process in Path("/proc").glob("[0-9]*"):
        found |= _of_tasks(int(process.name))
        with suppress(OSError):
            for place in (process / "fd").iterdir():
                with suppress(OSError):
                    if (name := str(place.readlink())).startswith("net:["):
                        found[name] = str(place)
    return found


def _of_tasks(pid: int) -> dict[str, str]:
    """Those that the threads of a process are in."""
    found: dict[str, str] = {}
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found[str((task / "ns/net").readlink())] = str(task / "ns/net")
    return found


def _cookie(place: str) -> int:
    """By which the kernel knows one network namespace for ever; 0 where it is gone. (The number of its inode is soon
    another's.)"""
    found = [0]

    def look() -> None:
        with suppress(OSError):
            fd = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
            try:
                setns(fd, CLONE_NEWNET)
            finally:
                os.close(fd)
            with socket.socket() as inside:
                found[0] = int.from_bytes(inside.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8), sys.byteorder)

    one = threading.Thread(target=look)  # it alone goes there
    one.start()
    one.join()
    return found[0]


def _free_port() -> int:
    """Two that do this at once take different ones: the seeds of what else is drawn may be the same."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@contextlib.contextmanager
def field(who: Who, chance: random.Random, *, clock: bool = False, images: Path | None = None) -> Iterator[Field]:
    """The stack, up, on a file system of its own; afterwards nothing of it is left. `images`: a folder where the
    registry's data stay, for those who come later too."""
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="faults-", dir="/var/tmp")))
        folder.chmod(0o755)
        small = folder / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "none", small], check=True)
        held.callback(subprocess.run, ["umount", "-l", small])
        who.give(folder, small)
        registry = Registry(folder / "registry")
        if images:
            images.mkdir(parents=True, exist_ok=True)
            (folder / "registry").mkdir()
            (folder / "registry/data").symlink_to(images.resolve())
        host = registry.begin().host
        held.callback(registry.end)
        registry.names |= {name: f"{host}/faults/{name}:1" for name in IMAGES}
        _fill(registry)
        made = Field(who, folder, registry, chance, clock=clock)
        made.write_file()
        try:
            made.up()
            with Sql(made.ports["db"]) as server:
                server.ask("CREATE TABLE kept (number bigint PRIMARY KEY)")
            yield made
        finally:
            made.run("down", "-v", "-t", "2")
        made.check_nothing_left()
