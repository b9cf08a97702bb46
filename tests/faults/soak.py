"""Hours of an ordinary life, by which memory and descriptors stay flat: PostgreSQL and Redis are written to, and every
half minute `shore` looks at them, runs a program in one, now and then restarts or recreates one.

    python -m tests.faults.soak --minutes 120 --to FOLDER [--shore .venv/bin/shore]
    python -m tests.faults.soak --report FOLDER > bench/results/soak.md

FOLDER holds the stack, its state and data, and `samples.jsonl`, one line each half minute, so that what was measured
stays where the run is cut off. The processes that are sampled are those of the native engine itself: the agent and the
helpers that live as long as it. Exit 0 when every command went well and every acknowledged row is there."""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.sqlclient import Sql

EVERY = 30.0
"""Seconds from one sample to the next."""
WRITES = 0.2
"""Seconds from one write to the next, of each server."""
ROUTINE: tuple[tuple[int, tuple[str, ...]], ...] = (
    (1, ("exec", "-T", "redis", "redis-cli", "ping")),
    (1, ("logs", "--tail", "5")),
    (2, ("ps", "-a")),
    (4, ("exec", "-T", "db", "psql", "-h", "127.0.0.1", "-U", "postgres", "-c", "SELECT count(*) FROM kept")),
    (6, ("restart", "redis")),
    (20, ("restart", "db")),
    (30, ("up", "-d", "--wait", "--force-recreate", "redis")),
    (40, ("up", "-d", "--wait")),
)
"""Each command, and in every how manieth sample it comes."""
GROWTH = 1.10
"""How much greater, at most, the last quarter's median may be than that of the second quarter, to be called flat."""


def compose(ports: dict[str, int]) -> dict[str, object]:
    check = {"interval": "10s", "timeout": "5s", "retries": 60}
    db = {
        "image": "postgres:16-alpine", "init": True, "environment": {"POSTGRES_HOST_AUTH_METHOD": "trust"},
        "volumes": ["db:/var/lib/postgresql/data"], "ports": [f"127.0.0.1:{ports['db']}:5432"],
        "healthcheck": {"test": ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"], **check},
    }  # fmt: skip
    redis = {
        "image": "redis:7-alpine", "command": ["redis-server", "--appendonly", "yes", "--appendfsync", "always"],
        "volumes": ["redis:/data"], "ports": [f"127.0.0.1:{ports['redis']}:6379"],
        "healthcheck": {"test": ["CMD-SHELL", "redis-cli ping | grep PONG"], **check},
    }  # fmt: skip
    return {"name": f"soak-{os.getpid()}", "services": {"db": db, "redis": redis}, "volumes": {"db": {}, "redis": {}}}


class Soak:
    """The stack in `folder`, those who write to it, and what they know to be there."""

    def __init__(self, shore: str, folder: Path) -> None:
        self.shore, self.folder = shore, folder
        self.ports = {"db": _free_port(), "redis": _free_port()}
        self.acknowledged = {"db": 0, "redis": 0}
        self.broken: list[str] = []
        self.commands = 0
        self.over = threading.Event()
        homes = {"XDG_STATE_HOME": "s", "XDG_DATA_HOME": "d", "XDG_RUNTIME_DIR": "r"}
        for name in homes.values():
            (folder / name).mkdir(mode=0o700)
        self.environment = {**os.environ, **{name: str(folder / short) for name, short in homes.items()}}
        whole = compose(self.ports)
        self.name = str(whole["name"])
        (folder / "compose.yaml").write_text(json.dumps(whole))

    def run(self, *words: str) -> None:
        self.commands += 1
        done = subprocess.run(
            [self.shore, "--engine", "native", "--images", "builtin", *words],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if done.returncode:
            self.broken.append(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.strip()[-300:]}")

    # --- who writes --------------------------------------------------------------------------------------------------
    def write_sql(self) -> None:
        while not self.over.wait(WRITES):
            try:
                with Sql(self.ports["db"], 5) as server:
                    while not self.over.wait(WRITES):
                        number = self.acknowledged["db"] + 1
                        server.ask(f"INSERT INTO kept VALUES ({number}) ON CONFLICT DO NOTHING")
                        self.acknowledged["db"] = number
            except OSError:
                continue  # it is being restarted

    def write_redis(self) -> None:
        while not self.over.wait(WRITES):
            try:
                with socket.create_connection(("127.0.0.1", self.ports["redis"]), 5) as server:
                    server.settimeout(5)
                    while not self.over.wait(WRITES):
                        server.sendall(b"INCR rows\r\n")
                        answer = server.recv(64)
                        if not answer.startswith(b":"):
                            break
                        self.acknowledged["redis"] = max(self.acknowledged["redis"], int(answer[1:]))
            except OSError:
                continue

    def kept(self) -> dict[str, int]:
        with Sql(self.ports["db"]) as server:
            rows = int(server.ask("SELECT count(*) FROM kept"))
        with socket.create_connection(("127.0.0.1", self.ports["redis"]), 5) as redis:
            redis.settimeout(5)
            redis.sendall(b"GET rows\r\n")
            return {"db": rows, "redis": int(redis.recv(64).split(b"\r\n")[1])}

    # --- what is measured --------------------------------------------------------------------------------------------
    def lasting(self) -> dict[str, int]:
        """The agent and its helpers by name: those are all of the same command."""
        own = [pid for pid, words in _commands() if words[-2:] == ["longshore.native.agent", self.name]]
        agents = [pid for pid in own if _parent(pid) not in own]
        return {("agent" if pid in agents else f"helper {pid}"): pid for pid in sorted(own)}


def sample(pid: int) -> dict[str, float]:
    """Resident and private memory (kB), descriptors, threads, and processor seconds since its beginning."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    private = sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))
    return {
        "rss": int(status["VmRSS"].split()[0]), "private": private, "threads": int(status["Threads"]),
        "fds": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "cpu": (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"),
    }  # fmt: skip


def _commands() -> Iterator[tuple[int, list[str]]]:
    for place in Path("/proc").glob("[0-9]*"):
        try:
            yield int(place.name), (place / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            continue


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def soak(shore: str, folder: Path, minutes: float) -> int:
    one = Soak(shore, folder)
    one.run("up", "-d", "--wait")
    with Sql(one.ports["db"]) as server:
        server.ask("CREATE TABLE kept (number bigint PRIMARY KEY)")
    writers = [threading.Thread(target=write, daemon=True) for write in (one.write_sql, one.write_redis)]
    for writer in writers:
        writer.start()
    time.sleep(5)
    followed = one.lasting()
    began, number = time.monotonic(), 0
    with (folder / "samples.jsonl").open("a", buffering=1) as out:
        head = {"began": time.strftime("%Y-%m-%d %H:%M"), "minutes": minutes, "python": platform.python_version(),
                "linux": os.uname().release, "uid": os.geteuid(), "followed": followed, "every": EVERY}  # fmt: skip
        print(json.dumps(head), file=out)
        while (now := time.monotonic() - began) <= minutes * 60:
            line: dict[str, object] = {"at": round(now, 1), "processes": len(one.lasting())}
            for name, pid in followed.items():
                try:
                    line[name] = sample(pid)
                except OSError:
                    one.broken.append(f"{name} ({pid}) is gone at {now:.0f} s")
            print(json.dumps({**line, "rows": dict(one.acknowledged), "commands": one.commands,
                              "broken": list(one.broken)}), file=out)  # fmt: skip
            number += 1
            for every, words in ROUTINE:
                if number % every == 0:
                    one.run(*words)
            time.sleep(max(0.0, number * EVERY - (time.monotonic() - began)))
        one.over.set()
        for writer in writers:
            writer.join(20)
        one.run("up", "-d", "--wait")
        kept = one.kept()
        lost = {name: one.acknowledged[name] - kept[name] for name in kept}
        print(json.dumps({"end": round(time.monotonic() - began, 1), "acknowledged": one.acknowledged, "kept": kept,
                          "commands": one.commands, "broken": one.broken}), file=out)  # fmt: skip
    one.run("down", "-v")
    print(f"{one.commands} commands, {len(one.broken)} went wrong, rows {kept}", *one.broken, sep="\n")
    return 1 if one.broken or max(lost.values()) > 0 else 0


# --- what came of it -------------------------------------------------------------------------------------------------
FIGURES = {"rss": "resident, kB", "private": "private, kB", "fds": "descriptors", "threads": "threads"}


def report(folder: Path) -> str:
    """A table of what was recorded, also by a run that was cut off."""
    head, *lines = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    samples = [line for line in lines if "at" in line]
    end = next((line for line in lines if "end" in line), None)
    rows = []
    for number, name in enumerate(head["followed"]):
        there = [line[name] for line in samples if name in line]
        quarter = len(there) // 4
        shown = "agent" if name == "agent" else f"helper {number}"
        for figure, words in FIGURES.items():
            values = [one[figure] for one in there]
            before, after = statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter:])
            flat = "yes" if after <= before * GROWTH else "NO"
            rows.append(f"| {shown} | {words} | {values[0]} | {before:g} | {after:g} | {max(values)} | {flat} |")
        rows.append(f"| {shown} | processor, s | {there[0]['cpu']:g} | | | {there[-1]['cpu']:g} | |")
    last = end or {**samples[-1], "acknowledged": samples[-1]["rows"], "kept": "not counted: the run was cut off"}
    went = end["end"] if end else samples[-1]["at"]
    return "\n".join([
        "# Hours of an ordinary life", "",
        f"{head['began']}, {'root' if head['uid'] == 0 else 'an ordinary user'}, Linux {head['linux'].split('-')[0]}, "
        f"Python {head['python']}; `python -m tests.faults.soak --minutes {head['minutes']:g}`; {went / 60:.0f} "
        f"minutes, {len(samples)} samples, one each {head['every']:g} s. PostgreSQL and Redis get five rows "
        "a second; beside that `ps`, `logs`, `exec`, `restart`, `up --force-recreate`, health checks each 10 s.", "",
        f"{last['commands']} commands, {len(last['broken'])} went wrong; acknowledged rows {last['acknowledged']}, "
        f"there at the end: {last['kept']}.", *last["broken"], "",
        f"Flat: the last quarter's median is at most {GROWTH} times that of the second quarter.", "",
        "| process | what | at first | 2nd quarter | last quarter | most | flat |", "|---|---|---|---|---|---|---|",
        *rows,
    ])  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--to", type=Path, help="a folder that is not there yet")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--shore", default=str(Path(sys.executable).with_name("shore")))
    args = parser.parse_args()
    if args.report:
        print(report(args.report))
        sys.exit(0)
    if not args.to:
        parser.error("say where to: --to FOLDER")
    args.to.mkdir(parents=True)
    sys.exit(soak(args.shore, args.to.resolve(), args.minutes))
