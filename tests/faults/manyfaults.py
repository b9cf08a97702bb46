"""Many faults over PostgreSQL and Redis while both are written to: then every acknowledged write is there, the next
`up` works, and nothing is left over.

    python -m tests.faults.manyfaults --times 200 [--seed 7] [--shore .venv/bin/shore] [--only full-disk,agent]
    python -m tests.faults.manyfaults --minutes 120

The images come from a registry on this machine; state and data lie on a small file system of their own, which root
alone can make. The last round is followed by `down -v`. Exit 0 when every round held; the last line counts the faults,
and says how much memory and how many descriptors the agent had at the beginning and at the end.

Not among them: a jump of the clock, which would be everybody's on this machine."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tests.docker import dockerd
from tests.faults.sqlclient import Sql
from tests.faults.torture import Broken, processes, role
from tests.localregistry import LocalRegistry, local_registry, why_no_registry

__all__ = ["FAULTS", "Field", "field", "why_not"]

SIZE = "700m"
IMAGES = {"db": "postgres:16-alpine", "redis": "redis:7-alpine"}
KEPT = ("layers", "images", "packed", "downloads/blobs")
"""Folders of the cache that half deleting goes through."""
WRITING = 0.6
"""Seconds of writes, at most, before a fault strikes."""
UP_SECONDS = 240


def why_not() -> str:
    """Why none of this can run here, "" when it can."""
    return "a small file system needs root" if os.geteuid() else why_no_registry() or dockerd.why_not()


class Field:
    """The stack and those who write to it. `acknowledged` are the greatest numbers that each server said it has."""

    def __init__(
        self, shore: str, folder: Path, environment: Mapping[str, str], registry: Registry, chance: random.Random
    ) -> None:
        self.shore, self.folder, self.environment, self.registry, self.chance = (
            shore, folder, dict(environment), registry, chance,
        )  # fmt: skip
        self.mark = os.urandom(8).hex()
        self.name = f"faults-{self.mark[:8]}"
        self.ports = {"db": _free_port(), "redis": _free_port()}
        self.acknowledged = {"db": 0, "redis": 0}
        self.state = environment["XDG_STATE_HOME"]
        self.interfaces = _interfaces()

    # --- the stack ---------------------------------------------------------------------------------------------------
    def write_file(self) -> None:
        common = {"init": True, "environment": {"FAULT": self.mark}, "mem_limit": "600m", "stop_grace_period": "10s"}
        check = {"interval": "5s", "timeout": "5s", "retries": 60}
        trust = {"FAULT": self.mark, "POSTGRES_HOST_AUTH_METHOD": "trust"}
        db = {
            **common, "image": self.registry.names["db"], "environment": trust,
            "volumes": ["db:/var/lib/postgresql/data"], "ports": [f"127.0.0.1:{self.ports['db']}:5432"],
            "healthcheck": {"test": ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"], **check},
        }  # fmt: skip
        redis = {
            **common, "image": self.registry.names["redis"], "volumes": ["redis:/data"],
            "command": ["redis-server", "--appendonly", "yes", "--appendfsync", "always"],
            "ports": [f"127.0.0.1:{self.ports['redis']}:6379"],
            "healthcheck": {"test": ["CMD", "redis-cli", "ping"], **check},
        }  # fmt: skip
        whole = {"name": self.name, "services": {"db": db, "redis": redis}, "volumes": {"db": {}, "redis": {}}}
        (self.folder / "compose.yaml").write_text(json.dumps(whole))

    def command(self, *words: str) -> list[str]:
        return [self.shore, "--engine", "native", "--images", "registry", *words]

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

    def pids(self, *kinds: str) -> list[int]:
        return [int(one.name) for one in processes() if role(one, self.mark, self.state) in kinds]

    def one_of(self, *kinds: str) -> int:
        found = self.pids(*kinds)
        if not found:
            raise Broken(f"no process is there of {kinds}: is the stack up?")
        return self.chance.choice(found)

    # --- what is written ---------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Rows go to both servers until the connection breaks, or two seconds after the block has ended."""
        enough = threading.Event()
        writers = [threading.Thread(target=write, args=(enough,)) for write in (self._write_redis, self._write_sql)]
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

    def _write_redis(self, enough: threading.Event) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.ports["redis"]), 2) as server:
            server.settimeout(2)
            while not enough.is_set():
                server.sendall(b"INCR rows\r\n")
                answer = server.recv(64)
                if not answer.startswith(b":"):
                    return
                self.acknowledged["redis"] = max(self.acknowledged["redis"], int(answer[1:]))

    def _write_sql(self, enough: threading.Event) -> None:
        with suppress(OSError), Sql(self.ports["db"], 2) as server:
            while not enough.is_set():
                number = self.acknowledged["db"] + 1
                server.ask(f"INSERT INTO kept VALUES ({number}) ON CONFLICT DO NOTHING")
                self.acknowledged["db"] = number

    def check_rows(self) -> None:
        with Sql(self.ports["db"]) as server:
            kept = int(server.ask("SELECT count(*) FROM kept"))
        if kept < self.acknowledged["db"]:
            raise Broken(f"PostgreSQL acknowledged {self.acknowledged['db']} rows, {kept} are there")
        with socket.create_connection(("127.0.0.1", self.ports["redis"]), 5) as redis:
            redis.settimeout(5)
            redis.sendall(b"GET rows\r\n")
            answer = redis.recv(64).split(b"\r\n")
        kept = int(answer[1]) if answer[0] != b"$-1" else 0
        if kept < self.acknowledged["redis"]:
            raise Broken(f"Redis acknowledged {self.acknowledged['redis']} rows, {kept} are there")

    # --- what is left over -------------------------------------------------------------------------------------------
    def check_nothing_left(self) -> None:
        """After `down`: no process, mount, interface, group or half-made file of the project."""
        deadline = time.monotonic() + 10
        while left := self.leftovers():
            if time.monotonic() > deadline:
                raise Broken(f"after down there are: {', '.join(left)}")
            time.sleep(0.05)

    def leftovers(self) -> list[str]:
        own = {self.state.rpartition("/")[0]}  # the small file system itself
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        groups = Path("/sys/fs/cgroup").glob(f"**/longshore/{self.name}")
        return [
            *(f"process {one.name}" for one in processes() if role(one, self.mark, self.state)),
            *(f"mount {path}" for path in mounts if path.startswith(str(self.folder)) and path not in own),
            *(f"group {path}" for path in groups),
            *(f"interface {name}" for name in _interfaces() - self.interfaces),
        ]

    def figures(self) -> tuple[int, int]:
        """Memory (kB) and descriptors of the agent."""
        pid = self.one_of("agent")
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        return memory, len(list(Path(f"/proc/{pid}/fd").iterdir()))


class Registry:
    """The registry of the images, which can be ended and begun again at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._held = folder, contextlib.ExitStack()
        self.names: dict[str, str] = {}
        self.port = 0

    def begin(self) -> LocalRegistry:
        found = self._held.enter_context(local_registry(self._folder, port=self.port))
        self.port = int(found.host.rpartition(":")[2])
        return found

    def end(self) -> None:
        self._held.close()


def _interfaces() -> set[str]:
    """Those of this machine, but for what a Docker engine beside makes."""
    found = {path.name for path in Path("/sys/class/net").iterdir()}
    return {name for name in found if not name.startswith(("veth", "br-", "docker", "shoretest", "podman"))}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


# --- the faults ------------------------------------------------------------------------------------------------------
def kill_agent(field: Field) -> None:
    with field.writing():
        os.kill(field.one_of("agent"), signal.SIGKILL)


def kill_service(field: Field) -> None:
    with field.writing(), suppress(ProcessLookupError):
        os.kill(field.one_of("service"), signal.SIGKILL)


def kill_init(field: Field) -> None:
    with field.writing(), suppress(ProcessLookupError):
        os.kill(field.one_of("init"), signal.SIGKILL)


def kill_helper(field: Field) -> None:
    with field.writing(), suppress(ProcessLookupError):
        os.kill(field.one_of("helper", "agent"), signal.SIGKILL)


def kill_shore(field: Field) -> None:
    words = field.chance.choice([
        ("up", "-d", "--wait"), ("up", "-d", "--force-recreate"), ("down",), ("restart",), ("stop",), ("ps", "-a"),
    ])  # fmt: skip
    with field.writing():
        command = field.begin(*words)
        time.sleep(field.chance.uniform(0, 1.5))
        command.kill()
        command.communicate()


def stop_a_while(field: Field) -> None:
    """SIGSTOP, and SIGCONT after up to a second; or SIGKILL while it is stopped."""
    kind = field.chance.choice(["service", "agent", "init"])
    with field.writing(), suppress(ProcessLookupError):
        pid = field.one_of(kind)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(field.chance.uniform(0.1, 1))
        os.kill(pid, field.chance.choice([signal.SIGCONT, signal.SIGKILL]))


def full_disk(field: Field) -> None:
    """No byte is free where state and data are, while both servers write."""
    filler = Path(field.state).parent / "filler"
    try:
        with field.writing(), filler.open("wb", buffering=0) as file:
            with suppress(OSError):
                while True:
                    file.write(b"\0" * (1 << 20))
            time.sleep(field.chance.uniform(0.2, 1.5))
            field.run(*field.chance.choice([("ps",), ("up", "-d"), ("restart", "redis"), ("logs", "--tail", "3")]))
    finally:
        filler.unlink(missing_ok=True)


def stolen_port(field: Field) -> None:
    """Somebody takes a published port while the stack is down."""
    name = field.chance.choice(["db", "redis"])
    _down(field)
    with socket.create_server(("127.0.0.1", field.ports[name])):
        done = field.run("up", "-d", "--wait")
        if done.returncode == 0 or f"port {field.ports[name]} is taken" not in done.stderr:
            raise Broken(f"up with a stolen port: exit {done.returncode}\n{done.stderr}")


def socket_gone(field: Field) -> None:
    """The agent's socket is removed under it."""
    with field.writing():
        for path in (Path(field.state) / "longshore" / field.name).glob("*sock*"):
            path.unlink()
        field.run(*field.chance.choice([("ps",), ("stop", "redis"), ("restart",), ("down",)]))


def cache_half_deleted(field: Field) -> None:
    """Somebody was removing the cache by hand, and stopped in the middle."""
    _down(field)
    _half_delete(field)


def registry_gone(field: Field) -> None:
    """The registry ends in the middle of a pull."""
    _down(field)
    _half_delete(field, whole=True)
    command = field.begin("up", "-d", "--wait")
    time.sleep(field.chance.uniform(0.2, 2.5))
    field.registry.end()
    try:
        _, said = command.communicate(timeout=UP_SECONDS)
        if command.returncode and "Traceback" in said:
            raise Broken(f"up without its registry: {said}")
    finally:
        field.registry.begin()


def two_at_once(field: Field) -> None:
    with field.writing():
        for kinds in (("agent",), ("service",), ("init",)):
            if field.chance.random() < 0.7:
                with suppress(ProcessLookupError, Broken):
                    os.kill(field.one_of(*kinds), signal.SIGKILL)


def _down(field: Field) -> None:
    done = field.run("down")
    if done.returncode:
        raise Broken(f"down: exit {done.returncode}\n{done.stderr}")
    field.check_nothing_left()


def _half_delete(field: Field, *, whole: bool = False) -> None:
    cache = Path(field.environment["XDG_CACHE_HOME"], "longshore")
    for path in [path for place in KEPT for path in (cache / place).glob("*")]:
        if whole or field.chance.random() < 0.5:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


FAULTS: dict[str, tuple[Callable[[Field], None], int]] = {
    "agent": (kill_agent, 4), "service": (kill_service, 4), "init": (kill_init, 3), "helper": (kill_helper, 2),
    "shore": (kill_shore, 4), "stopped": (stop_a_while, 4), "full disk": (full_disk, 2), "port": (stolen_port, 2),
    "socket": (socket_gone, 2), "cache": (cache_half_deleted, 1), "registry": (registry_gone, 1),
    "two": (two_at_once, 3),
}  # fmt: skip
"""Each with how often it comes."""


@contextlib.contextmanager
def field(shore: str, chance: random.Random) -> Iterator[Field]:
    """The stack, up, on a file system of its own; afterwards nothing of it is left."""
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="faults-", dir="/var/tmp")))
        small = folder / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "none", small], check=True)
        held.callback(subprocess.run, ["umount", "-l", small])
        host = held.enter_context(dockerd.running())
        dockerd.stand_ins(host, *IMAGES.values())
        registry = Registry(folder / "registry")
        place, docker = registry.begin(), dockerd.Docker(host)
        held.callback(registry.end)
        for name, image in IMAGES.items():
            registry.names[name] = f"{place.host}/faults/{name}:1"
            docker.give(image, registry.names[name])
        made = Field(shore, folder, _environment(folder, small), registry, chance)
        made.write_file()
        try:
            made.up()
            with Sql(made.ports["db"]) as server:
                server.ask("CREATE TABLE kept (number bigint PRIMARY KEY)")
            yield made
        finally:
            made.run("down", "-v", "-t", "2")
        made.check_nothing_left()


def _environment(folder: Path, small: Path) -> dict[str, str]:
    homes = {"XDG_STATE_HOME": small / "s", "XDG_DATA_HOME": small / "d", "XDG_RUNTIME_DIR": small / "r",
             "XDG_CACHE_HOME": folder / "cache"}  # fmt: skip
    for path in homes.values():
        path.mkdir(mode=0o700)
    return {**os.environ, **{name: str(path) for name, path in homes.items()}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=0, help="so long instead of so often")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--shore", default=str(Path(sys.executable).with_name("shore")))
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(FAULTS))
    args = parser.parse_args()
    if reason := why_not():
        print(f"cannot run here: {reason}", file=sys.stderr)
        return 1
    print(f"seed {args.seed}, {time.strftime('%Y-%m-%d %H:%M')}, Linux {os.uname().release}", flush=True)
    counted: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    chance = random.Random(args.seed)
    ends = time.monotonic() + args.minutes * 60
    with field(args.shore, chance) as there:
        first = there.figures()
        while (time.monotonic() < ends) if args.minutes else (counted.total() < args.times):
            began = time.monotonic()
            (name,) = chance.choices(args.only, [FAULTS[name][1] for name in args.only])
            counted[name] += 1
            wrong = _wrong(there, name)
            rows = "{db} + {redis} rows".format(**there.acknowledged)
            print(f"{counted.total():5} {name:10} {time.monotonic() - began:5.1f} s  {rows}  {wrong}", flush=True)
            if wrong:
                broken[name] += 1
                there.run("down")
                there.up()
        last = there.figures()
    print(f"{counted.total()} faults, {broken.total()} did not hold: {_shown(broken)}" if broken else "all held")
    print(f"{counted.total()}: {_shown(counted)}")
    print(f"agent {first[0]} → {last[0]} kB, {first[1]} → {last[1]} descriptors")
    return 1 if broken else 0


def _wrong(there: Field, name: str) -> str:
    """Let a fault happen; what does not hold afterwards, "" where all does."""
    try:
        FAULTS[name][0](there)
        there.up()
        there.check_rows()
    except (Broken, OSError, subprocess.TimeoutExpired) as error:
        return f"DOES NOT HOLD: {error}"
    return ""


def _shown(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items()))


if __name__ == "__main__":
    sys.exit(main())
