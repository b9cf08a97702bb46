"""Kill -9 at random moments of build, start and run; then look: nothing left over, nothing lost, the next `up` works.

    python -m tests.faults.torture --times 100 [--seed 7] [--shore .venv/bin/shore]

Each round makes a change that needs a build, brings the stack up, writes rows to Redis (appendonly, fsync always) and
counts those that were acknowledged, and kills one of: `shore` itself, the agent, a service's process, its pid 1.
Exit 0 when every round held."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

COMPOSE = """\
services:
  redis:
    image: redis:7-alpine
    command: redis-server --appendonly yes --appendfsync always
    init: true
    environment: {{TORTURE: "{mark}"}}
    volumes: ["data:/data"]
    ports: ["127.0.0.1:{port}:6379"]
    healthcheck: {{test: ["CMD", "redis-cli", "ping"], interval: 30s, timeout: 5s, retries: 3}}
  app:
    build: .
    environment: {{TORTURE: "{mark}"}}
    depends_on: {{redis: {{condition: service_healthy}}}}
    healthcheck:
      test: ["CMD", "python", "-c", "import socket; socket.create_connection(('localhost', 8000), 2)"]
      interval: 30s
      timeout: 5s
      retries: 3
volumes: {{data: {{}}}}
"""
DOCKERFILE = """\
FROM python:3.11-slim
COPY stamp.txt /srv/stamp.txt
RUN sleep 0.3 && cp /srv/stamp.txt /srv/built
CMD ["python", "-m", "http.server", "8000", "--directory", "/srv"]
"""


class Broken(Exception):
    """What a round found wrong."""


@dataclass
class Torture:
    """One stack under torment. `env` is the environment of every `shore` call: private XDG folders."""

    shore: str
    folder: Path
    env: Mapping[str, str]
    random: random.Random
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    acknowledged: int = 0
    port: int = 0

    def prepare(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (self.folder / "compose.yaml").write_text(COMPOSE.format(mark=self.mark, port=self.port))
        (self.folder / "Dockerfile").write_text(DOCKERFILE)
        (self.folder / "stamp.txt").write_text("0")
        self.up("--build")

    def command(self, *words: str) -> list[str]:
        return [self.shore, "--engine", "native", "-p", f"torture-{self.mark[:8]}", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), cwd=self.folder, env=dict(self.env), capture_output=True, text=True, timeout=180
        )

    def up(self, *flags: str) -> None:
        done = self.run("up", "-d", "--wait", *flags)
        if done.returncode:
            raise Broken(f"up: exit {done.returncode}\n{done.stdout}{done.stderr}")

    def round(self, number: int) -> str:
        """One kill and one look; returns who was killed."""
        (self.folder / "stamp.txt").write_text(f"{number}")
        victim = self.random.choice(sorted(_VICTIMS))
        _VICTIMS[victim](self)
        self.up("--build")
        self.check_rows()
        return victim

    def kill_shore(self) -> None:
        words = self.random.choice([("up", "-d", "--wait", "--build"), ("up", "-d", "--force-recreate"), ("down",)])
        process = subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=dict(self.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(self.random.uniform(0, 1.2))
        process.kill()
        process.wait()

    def kill_agent(self) -> None:
        self._while_writing(self._pids("agent"))

    def kill_service(self) -> None:
        self._while_writing(self._pids("service"))

    def kill_init(self) -> None:
        self._while_writing(self._pids("init"))

    def _while_writing(self, pids: list[int]) -> None:
        if not pids:
            raise Broken("found no process to kill: is the stack up?")
        writer = threading.Thread(target=self._write)
        writer.start()
        time.sleep(self.random.uniform(0, 0.2))
        os.kill(self.random.choice(pids), signal.SIGKILL)
        writer.join()

    def _write(self) -> None:
        """Add rows until the connection breaks; only what the server answered counts."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as server:
                server.settimeout(1)
                for _ in range(2000):
                    server.sendall(b"INCR rows\r\n")
                    answer = server.recv(64)
                    if not answer.startswith(b":"):
                        return
                    self.acknowledged = max(self.acknowledged, int(answer[1:]))
        except OSError:
            return

    def check_rows(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 5) as server:
            server.settimeout(5)
            server.sendall(b"GET rows\r\n")
            answer = server.recv(64).split(b"\r\n")
        kept = int(answer[1]) if answer[0] != b"$-1" else 0
        if kept < self.acknowledged:
            raise Broken(f"{self.acknowledged} rows were acknowledged, {kept} are there")

    def _pids(self, kind: str) -> list[int]:
        found = [p for p in processes() if role(p, self.mark, self.env["XDG_STATE_HOME"]) == kind]
        return [int(p.name) for p in found]

    def finish(self) -> None:
        """Down, then no process, mount or folder of the project is left."""
        done = self.run("down", "-v")
        if done.returncode:
            raise Broken(f"down: exit {done.returncode}\n{done.stderr}")
        deadline = time.monotonic() + 5
        while left := [p.name for p in processes() if role(p, self.mark, self.env["XDG_STATE_HOME"])]:
            if time.monotonic() > deadline:
                raise Broken(f"processes left after down: {left}")
            time.sleep(0.05)
        mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(self.folder) in line]
        if mounts:
            raise Broken(f"mounts left after down: {mounts}")


_VICTIMS = {
    "shore": Torture.kill_shore,
    "agent": Torture.kill_agent,
    "service": Torture.kill_service,
    "init": Torture.kill_init,
}


def processes() -> list[Path]:
    return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def role(process: Path, mark: str, state: str) -> str:
    """ "agent", "init" (a service's pid 1), "service", or "" for a process that is not ours."""
    try:
        command = _command(process)
        status = (process / "status").read_text()
        innermost = next(line.split()[-1] for line in status.splitlines() if line.startswith("NSpid:"))
        parent = process.parent / next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:"))
        if innermost == "1" and command.startswith("init (shore)"):
            return "init" if state in _environ(parent) else ""
        if "longshore.native.agent" in command and state in command + _environ(process):
            return "helper" if "longshore.native.agent" in _command(parent) else "agent"
        if mark in _environ(process):
            return "service"
    except (OSError, StopIteration):
        pass
    return ""


def _command(process: Path) -> str:
    return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _environ(process: Path) -> str:
    try:
        return (process / "environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def private_environment(folder: Path) -> dict[str, str]:
    """XDG folders of our own; the cache is shared, so that servers are not fetched anew."""
    cache = os.environ.get("LONGSHORE_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    xdg = {"XDG_STATE_HOME": folder / "state", "XDG_DATA_HOME": folder / "data", "XDG_RUNTIME_DIR": folder / "run"}
    for path in xdg.values():
        path.mkdir(mode=0o700, exist_ok=True)
    return {**os.environ, **{key: str(path) for key, path in xdg.items()}, "XDG_CACHE_HOME": cache}


def torment(shore: str, times: int, seed: int, say: bool = True) -> list[str]:
    """Run `times` rounds; the victims in order. Raises Broken at the first that does not hold."""
    victims: list[str] = []
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        folder = Path(name)
        torture = Torture(shore, folder, private_environment(folder), random.Random(seed))
        try:
            torture.prepare()
            for number in range(1, times + 1):
                began = time.monotonic()
                victims.append(torture.round(number))
                if say:
                    seconds = time.monotonic() - began
                    print(f"{number:4} {victims[-1]:8} {seconds:5.1f} s  {torture.acknowledged} rows", flush=True)
        finally:
            torture.finish()
    return victims


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--shore", default=str(Path(sys.executable).with_name("shore")))
    args = parser.parse_args()
    print(f"seed {args.seed}")
    try:
        victims = torment(args.shore, args.times, args.seed)
    except Broken as broken:
        print(f"broken: {broken}", file=sys.stderr)
        return 1
    print(json.dumps({victim: victims.count(victim) for victim in sorted(set(victims))}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
