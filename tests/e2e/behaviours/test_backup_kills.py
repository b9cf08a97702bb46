"""Anything that takes part in a backup or a restore is killed at any time: the live data is whole, the next run works.
LONGSHORE_KILLS=50 says how often; it takes minutes. Without it nothing is done here: test_backup.py kills twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.dockerd import CLI
from tests.e2e.behaviours.test_backup import fill, shop, spoil, state
from tests.shore import Shore

__all__ = ["shop"]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("LONGSHORE_KILLS", "0"))
PARTS = (("orders", "tables"), ("one", "h", "expires"), ("file", "lite"))


@pytest.mark.skipif(not KILLS, reason="LONGSHORE_KILLS=50 kills so often: minutes")
def test_whoever_is_killed_the_live_data_is_whole(shop: Shore, engine: str) -> None:
    chance = random.Random(os.environ.get("LONGSHORE_SEED", "15"))
    fill(shop)
    old = state(shop)
    kept = json.loads(shop.ok("backup", "--format", "json").out)["snapshot"]
    longest = {words: _seconds(shop, words) for words in (("restore", kept, "--yes", "--no-backup"), ("backup",))}
    killed: dict[str, int] = {}
    for number in range(KILLS):
        shop.ok("restore", kept, "--yes", "--no-backup")
        shop.ok("backup", "forget")
        spoil(shop)
        new = state(shop)
        words = ("restore", kept, "--yes", "--no-backup") if number % 2 else ("backup",)
        name = _kill_somebody(shop, words, chance, longest[words])
        killed[name] = killed.get(name, 0) + 1
        shop.ok("up", "-d", "--wait")  # a service that was stopped for its files
        shop.ok("backup")
        there = state(shop)
        for part in PARTS:
            found = tuple(there[key] for key in part)
            either = [tuple(one[key] for key in part) for one in (old, new)]
            assert found in (either if number % 2 else either[1:]), (number, words, name, part)
        print(f"{number + 1}: {words[0]}: {name}", flush=True)
    print(killed)


def _seconds(shop: Shore, words: tuple[str, ...]) -> float:
    began = time.monotonic()
    shop.ok(*words)
    return time.monotonic() - began


def _kill_somebody(shop: Shore, words: tuple[str, ...], chance: random.Random, longest: float) -> str:
    """Begin a command and kill a process of its, after a while; its name. The command is waited for."""
    before = set(_ours(shop))
    process = shop.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(chance.random() * longest)
    several = sorted(set(_ours(shop)) - before)
    victim = chance.choice(several) if several else process.pid
    name = "nobody"
    if process.poll() is None:
        try:
            name = Path(f"/proc/{victim}/comm").read_text().strip()
            os.kill(victim, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            pass
    process.wait(timeout=120)
    return name


def _ours(shop: Shore) -> list[int]:
    """The processes of this home, and all below them; on Docker those in its containers too."""
    marks = {f"XDG_STATE_HOME={shop.home / 'state'}".encode()}
    containers = tuple(_containers(shop))
    parents: dict[int, int] = {}
    roots: set[int] = set()
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                if marks & set((place / "environ").read_bytes().split(b"\0")) or (
                    containers and any(one in (place / "cgroup").read_text() for one in containers)
                ):
                    roots.add(int(place.name))
            except (OSError, ValueError):
                continue
    return [one for one in parents if _below(one, parents, roots)]


def _containers(shop: Shore) -> Iterator[str]:
    if shop.engine == "docker":
        words = [CLI, "-H", shop.extra["DOCKER_HOST"], "ps", "-q", "--no-trunc"]
        label = f"label=com.docker.compose.project={shop.project}"
        done = subprocess.run([*words, "--filter", label], capture_output=True, text=True, check=True)
        yield from done.stdout.split()


def _below(one: int, parents: dict[int, int], roots: set[int]) -> bool:
    while one in parents:
        if one in roots:
            return True
        one = parents[one]
    return False
