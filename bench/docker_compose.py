"""The same file, the same Docker engine: `shore --engine docker` and Docker Compose 2.40.3 taking turns in one run.

    .venv/bin/python bench/docker_compose.py [--runs 3] [--cold 1]

Before the time of an `up` counts, every declared health check is run once by `docker exec` and must pass. The
peers that take no part in this are tried by other_peers.py."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.docker import dockerd
from tests.docker.compose import VERSION, why_no_compose
from tests.shore import SHORE

from bench.machine import median, table

FILE = Path(__file__).parent / "docker" / "compose.yaml"
IMAGES = ("postgres:15-alpine", "redis:7-alpine", "python:3.11-slim", "nginx:alpine")
PROJECT = "bench"
QUICK = 3
"""How often a turn runs each of the quick commands."""


@dataclass
class Peer:
    """One of the two commands; `words` comes before the subcommand."""

    name: str
    words: Sequence[str]
    environ: dict[str, str]
    times: dict[str, list[float]] = field(default_factory=dict)
    peak: int = 0

    def run(self, what: str, *words: str) -> None:
        """Time one command under the name `what`; it must succeed."""
        argv = [*self.words, *words]
        began = time.perf_counter()
        process = subprocess.Popen(
            argv, cwd=FILE.parent, env=self.environ, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        seconds = time.perf_counter() - began
        if process.returncode != 0:
            sys.exit(f"{' '.join(argv)}: exit {process.returncode}\n{output.decode(errors='replace')}")
        self.times.setdefault(what, []).append(seconds)
        self.peak = max(self.peak, usage.ru_maxrss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="whole lives of the stack, by each")
    parser.add_argument("--cold", type=int, default=1, help="how many of them begin with empty volumes")
    args = parser.parse_args()
    reason = dockerd.why_not() or why_no_compose()
    if reason:
        sys.exit(f"cannot compare here: {reason}")
    with ExitStack() as stack:
        host = stack.enter_context(dockerd.running())
        dockerd.stand_ins(host, *IMAGES)
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shore-bench-")))
        peers = both(host, home)
        measure(peers, host, args.runs, args.cold)
        engine = dockerd.Docker(host).ok("version", "-f", "{{.Server.Version}}")
    write(peers, args.runs, engine)


def both(host: str, home: Path) -> tuple[Peer, Peer]:
    environ = {**os.environ, "DOCKER_HOST": host, "XDG_STATE_HOME": str(home)}
    common = ["-f", str(FILE), "-p", PROJECT]
    return (
        Peer("shore", [SHORE, "--engine", "docker", *common], environ),
        Peer("docker compose", [dockerd.CLI, "compose", *common], environ),
    )


def measure(peers: Sequence[Peer], host: str, runs: int, cold: int) -> None:
    """Each turn is a whole life of the stack; turns alternate."""
    for number in range(runs):
        for peer in peers:
            if number < cold:
                peer.run("discard", "down", "-v", "-t", "2")
                up(peer, host, "up, empty volumes")
                peer.run("discard", "down", "-t", "2")
            elif number == 0:
                up(peer, host, "discard")
                peer.run("discard", "down", "-t", "2")
            up(peer, host, "up --wait, warm")
            small(peer)
            peer.run("down", "down", "-t", "2")
        ends(peers)
    peers[0].run("discard", "down", "-v", "-t", "2")


def up(peer: Peer, host: str, what: str) -> None:
    peer.run(what, "up", "-d", "--wait")
    check_health(host)


def ends(peers: Sequence[Peer]) -> None:
    """More of `down`, which takes the two about as long: of a stack that shore has brought up, as that is quick."""
    for _ in range(QUICK):
        for peer in peers:
            peers[0].run("discard", "up", "-d", "--wait")
            peer.run("down", "down", "-t", "2")


def small(peer: Peer) -> None:
    """The quick commands on the running stack."""
    for _ in range(QUICK):
        peer.run("up -d, running", "up", "-d")
        peer.run("up -d --wait, running", "up", "-d", "--wait")
        peer.run("ps", "ps")
        peer.run("exec", "exec", "-T", "redis", "true")
        peer.run("config", "config", "-q")
        peer.run("version", "version")


def check_health(host: str) -> None:
    """Every declared check once, by docker exec, whatever anybody said before."""
    docker = dockerd.Docker(host)
    for identity in docker.ok("ps", "-q", "--filter", f"label=com.docker.compose.project={PROJECT}").split():
        test = json.loads(docker.ok("inspect", "-f", "{{json .Config.Healthcheck.Test}}", identity))
        argv = ["/bin/sh", "-c", *test[1:]] if test[0] == "CMD-SHELL" else test[1:]
        done = docker.run("exec", identity, *argv)
        if done.returncode != 0:
            sys.exit(f"{' '.join(argv)} fails after up said that all is healthy: {done.stdout}{done.stderr}")


BARS: dict[str, str] = {
    "up, empty volumes": "",
    "up --wait, warm": "≤ 1/6",
    "up -d, running": "≤ 1/3",
    "up -d --wait, running": "",
    "down": "≤ 1",
    "ps": "≤ 1 or ≤ 80 ms",
    "exec": "",
    "config": "≤ 1 or ≤ 80 ms",
    "version": "≤ 1 or ≤ 80 ms",
}


def write(peers: Sequence[Peer], runs: int, engine: str) -> None:
    ours, theirs = peers
    rows = [row(what, ours.times[what], theirs.times[what], bar) for what, bar in BARS.items() if what in ours.times]
    peaks = [peer.peak / 1024 for peer in peers]
    rows.append(
        ["memory of the command (peak)", *(f"{peak:.0f} MB" for peak in peaks), f"{peaks[0] / peaks[1]:.2f}", ""]
    )
    header = ["what (medians, of so many)", "shore", f"docker compose {VERSION}", "ratio", "bar"]
    title = (
        f"Beside Docker Compose on the same engine: Docker {engine}, five services, interval 10 s, {runs} turns each"
    )
    table("docker-compose", title, header, rows)


def row(what: str, ours: Sequence[float], theirs: Sequence[float], bar: str) -> list[str]:
    one, other = median(ours), median(theirs)
    return [f"{what} ({len(ours)})", shown(one), shown(other), f"{one / other:.2f}", bar]


def shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
