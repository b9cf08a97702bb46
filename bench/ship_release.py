"""A release of the same app by `shore ship`, `docker stack deploy` and `docker compose up -d`, asked a hundred times a
second meanwhile; and how long three replicas with a health check every 10 s take. Needs root; on three dockerds of its
own.

.venv/bin/python -m bench.ship_release"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.docker.dockerd import CLI, hosting
from tests.localregistry import local_registry
from tests.ship.client import OpenLoop
from tests.ship.routed import Routed
from tests.ship.small import caddy_to, python_to
from tests.ship.test_on_a_swarm import BASE, PROXY_IMAGE
from tests.ship.threenodes import OURS, Member, three_nodes, until

from bench.machine import table

PORT = 18080
APP = """
version: "3.8"
services:
  web:
    image: {image}
    environment: {{VERSION: "${{VERSION:-1}}", API_TOKEN: blue-whale-1, START: "2"}}
    healthcheck: {{test: "test -f /tmp/ready", interval: {interval}, timeout: 5s, retries: 6}}
    ports: [{port}]
    stop_grace_period: 20s
    deploy: {{replicas: {replicas}, update_config: {{monitor: 5s}}, placement: {{constraints: [{where}]}}}}
"""
HOST_PORT = "{target: 8000, published: 18080, protocol: tcp, mode: host}"


@dataclass
class Release:
    """Of VERSION 2 over VERSION 1. `seconds` until all tasks were new ones that are healthy."""

    failed: int
    asked: int
    seconds: float

    def cells(self) -> tuple[str, str]:
        return f"{self.failed:,} of {self.asked:,}", f"{self.seconds:.1f} s"


class Rig:
    """One app on three nodes; `image` is in their registry."""

    def __init__(self, nodes: tuple[Member, ...], folder: Path, registry: str, image: str) -> None:
        self.nodes, self.folder, self.image = nodes, folder, image
        self.site = Routed(nodes, folder, registry)
        self.place = folder / "site"

    def write(self, interval: str, replicas: int, port: str) -> None:
        # The first node is the one that is asked, and a port of a host is on that host alone.
        where = "node.hostname == n1" if replicas == 1 else "node.role == manager"
        text = APP.format(image=self.image, interval=interval, replicas=replicas, port=port, where=where)
        (self.place / "compose.yaml").write_text(text)

    def docker(self, *words: str, version: int) -> None:
        environ = {**os.environ, "DOCKER_HOST": self.nodes[0].host, "VERSION": str(version)}
        done = subprocess.run([CLI, *words], cwd=self.place, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def shore(self, version: int) -> None:
        done = self.site.ship(VERSION=str(version))
        assert done.code == 0, done.text

    def renewed(self, name: str, replicas: int) -> bool:
        """All of a service's tasks run, and are new."""
        node = self.nodes[0]
        ids = node.docker("service", "ps", "-q", "--filter", "desired-state=running", name).split()
        form = "{{.Status.State}} {{range .Spec.ContainerSpec.Env}}{{.}} {{end}}"
        told = node.docker("inspect", "--type", "task", "-f", form, *ids).splitlines() if ids else []
        return len(told) == replicas and all(one.startswith("running ") and "VERSION=2" in one for one in told)

    def recreated(self) -> bool:
        found = self.nodes[0].docker("ps", "--filter", "health=healthy", "--filter", "name=bench-web", "-q").split()
        form = "{{range .Config.Env}}{{.}} {{end}}"
        return len(found) == 1 and "VERSION=2" in self.nodes[0].docker("inspect", "-f", form, *found)

    def played(self, go: Callable[[int], None], renewed: Callable[[], bool]) -> Release:
        """`go` makes VERSION 1 and then, while it is asked, VERSION 2."""
        go(1)
        client = OpenLoop([(self.nodes[0].address, PORT)], 100)
        until(lambda: not client._ask((self.nodes[0].address, PORT)), "it answers", 240)
        time.sleep(15)
        with client:
            time.sleep(2)
            began = time.monotonic()
            going = threading.Thread(target=go, args=(2,))
            going.start()
            until(renewed, "all tasks are new", 240)
            took = time.monotonic() - began
            going.join()
            time.sleep(5)
        return Release(len(client.failures), client.asked, took)

    def ours(self, interval: str, replicas: int) -> Release:
        self.write(interval, replicas, f'"{PORT}:8000"')
        found = self.played(self.shore, lambda: self.renewed("routed_web", replicas))
        self.site.ok("ship", "down")
        return found

    def stack(self, interval: str, replicas: int) -> Release:
        self.write(interval, replicas, HOST_PORT)
        deploy = ("stack", "deploy", "-c", "compose.yaml", "bench")
        found = self.played(
            lambda version: self.docker(*deploy, version=version), lambda: self.renewed("bench_web", replicas)
        )
        self.docker("stack", "rm", "bench", version=0)
        until(lambda: not self.nodes[0].docker("ps", "-aq", "--filter", "name=bench_web"), "it is gone")
        return found

    def compose(self, interval: str) -> Release:
        self.write(interval, 1, f'"{PORT}:8000"')
        up = ("compose", "-p", "bench", "up", "-d")
        found = self.played(lambda version: self.docker(*up, version=version), self.recreated)
        self.docker("compose", "-p", "bench", "down", version=0)
        return found


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        for host in hosting(PROXY_IMAGE):
            (Path(place) / "nodes").mkdir()
            with (
                three_nodes(Path(place) / "nodes") as nodes,
                local_registry(Path(place) / "registry", OURS) as registry,
            ):
                python_to(nodes[0], BASE)
                caddy_to(nodes[0], host, PROXY_IMAGE)
                (Path(place) / "work").mkdir()
                image = f"{registry.host}/app:1"
                context = Path(__file__).parents[1] / "tests/ship/site"
                environ = {**os.environ, "DOCKER_HOST": nodes[0].host, "DOCKER_BUILDKIT": "0"}
                for words in (("build", "-q", "-t", image, str(context)), ("push", "-q", image)):
                    subprocess.run([CLI, *words], env=environ, check=True, capture_output=True)
                rig = Rig(nodes, Path(place) / "work", f"{registry.host}/shop", image)
                rows = [("`docker stack deploy`", *rig.stack("1s", 1).cells(), *(slow := rig.stack("10s", 3)).cells())]
                rows.append(("`docker compose up -d`", *rig.compose("1s").cells(), "", ""))
                rows.append(("`shore ship`", *rig.ours("1s", 1).cells(), *(our := rig.ours("10s", 3)).cells()))
                rows.append(("ratio to `stack deploy`, at most 0.75", "", "", "", f"{our.seconds / slow.seconds:.2f}"))
    header = ("by", "1 replica, checked every 1 s: failed at 100/s", "until all is new",
              "3 replicas, checked every 10 s: failed at 100/s", "until all is new")  # fmt: skip
    table("ship-release", "A release of one app on a Swarm of three nodes", header, rows)


if __name__ == "__main__":
    main()
