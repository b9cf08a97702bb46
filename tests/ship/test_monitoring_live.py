"""What `shore ship overlay monitoring` writes, at work: Debian's Prometheus, Alertmanager, node-exporter and blackbox
exporter watch a shipped stack, a task of it is killed, and Alertmanager has the alert. LONGSHORE_LONG_MONITORING=1 does
it: minutes. LONGSHORE_TOOLS names a folder with the four programs, should they not be installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from longshore.ship.monitoring import IMAGES
from tests.docker.dockerd import CLI
from tests.images import Entry, member
from tests.localregistry import programs
from tests.ship.small import python_to
from tests.ship.swarmnode import Node, swarm_node, why_not
from tests.shore import SHORE

LONG = "LONGSHORE_LONG_MONITORING"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not os.environ.get(LONG), reason=f"{LONG}=1 watches a shipped stack with Prometheus: minutes"),
]
PROGRAMS = {
    "prometheus": ("prometheus", "prometheus"),
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "node-exporter": ("prometheus-node-exporter", "node_exporter"),
    "blackbox": ("prometheus-blackbox-exporter", "blackbox_exporter"),
}
"""Debian's name for each, and the program's name in its own image."""
SERVE = "import http.server as h; h.ThreadingHTTPServer(('', 8000), h.SimpleHTTPRequestHandler).serve_forever()"
COMPOSE = f"""
services:
  web:
    image: watched:1
    command: [python3, -c, "{SERVE}"]
    init: true
    healthcheck:
      test: [CMD, python3, -c, "import http.client as h; h.HTTPConnection('localhost:8000').request('GET', '/')", "http://localhost:8000/"]
      interval: 1s
      timeout: 30s
      retries: 5
    scale: 2
"""
GRAFANA = "services: {grafana: !reset null}\n"
"""There is no package of it."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    path = f"{os.environ.get('LONGSHORE_TOOLS', '')}:{os.environ['PATH']}"
    found = {name: shutil.which(debian, path=path) for name, (debian, _) in PROGRAMS.items()}
    missing = [PROGRAMS[name][0] for name, program in found.items() if program is None]
    reason = why_not() or (f"not installed: {', '.join(missing)}" if missing else "")
    if reason:
        pytest.skip(reason)
    with swarm_node(tmp_path_factory.mktemp("swarm")) as one:
        python_to(one, "watched:1")
        for name, program in found.items():
            _import(one, IMAGES[name], Path(str(program)), PROGRAMS[name][1])
        yield one


def _import(node: Node, reference: str, program: Path, inside: str) -> None:
    """An image of one program, and of what it loads."""
    shell = programs(("sh",))
    with tarfile.open(fileobj=BytesIO(shell)) as tar:
        there = set(tar.getnames())
    said = subprocess.run(["ldd", str(program)], capture_output=True, text=True).stdout
    libraries = sorted(set(re.findall(r"(/\S+) \(0x", said)))
    more: list[Entry] = [(member(f"bin/{inside}", mode=0o755), program.read_bytes())]
    more += [
        (member(one.lstrip("/"), mode=0o755), Path(one).resolve().read_bytes())
        for one in libraries
        if one.lstrip("/") not in there
    ]
    share = program.parents[1] / f"share/prometheus/{inside}"  # Debian's programs have templates there
    more += [(member(f"usr/share/prometheus/{inside}/{one.name}"), one.read_bytes()) for one in share.glob("*.tmpl")]
    words = [CLI, "-H", node.host, "import", "--change", f'ENTRYPOINT ["/bin/{inside}"]', "-", reference]
    done = subprocess.run(words, input=programs(("sh",), more), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def shore(node: Node, folder: Path, *words: str) -> str:
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("STATE", "DATA")}
    environ = {**os.environ, "DOCKER_HOST": node.host, "GRAFANA_PASSWORD": "sesame", **homes}
    command = [SHORE, "-p", "watched", "--progress", "quiet", *words]
    done = subprocess.run(command, cwd=folder / "p", env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Inside:
    """What the stack's own addresses answer, asked from the node."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def ask(self, service: str, path: str, port: int) -> object:
        named = f"label=com.docker.swarm.service.name=watched_{service}"
        container = self.node.docker("ps", "-q", "--filter", named).split()[0]
        pid = self.node.docker("inspect", "-f", "{{.State.Pid}}", container)
        url = f"http://127.0.0.1:{port}{path}"
        said = subprocess.run(["nsenter", "-t", pid, "-n", "curl", "-sg", url], capture_output=True, text=True).stdout
        return json.loads(said) if said else None

    def value(self, question: str) -> list[dict[str, dict[str, str]]]:
        found = self.ask("prometheus", f"/api/v1/query?query={question}", 9090)
        assert isinstance(found, dict), found
        return list(found["data"]["result"])

    def alerts(self) -> set[tuple[str, str]]:
        found = self.ask("alertmanager", "/api/v2/alerts", 9093)
        assert isinstance(found, list), found
        return {(one["labels"]["alertname"], one["labels"].get("service", "")) for one in found}


def until(holds: object, seconds: float) -> float:
    began = time.monotonic()
    while not holds():  # type: ignore[operator]
        assert time.monotonic() - began < seconds
        time.sleep(1)
    return time.monotonic() - began


def test_an_alert_fires_when_a_task_is_killed(node: Node, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/compose.yaml").write_text(COMPOSE)
    shore(node, tmp_path, "ship", "overlay", "monitoring")
    (tmp_path / "p/no-grafana.yml").write_text(GRAFANA)
    files = ("-f", "compose.yaml", "-f", "compose.monitoring.yml", "-f", "no-grafana.yml")
    shore(node, tmp_path, *files, "ship", "--no-build")
    inside = Inside(node)
    jobs = {"prometheus", "nodes", "figures", "service-web"}
    until(lambda: {one["metric"]["job"] for one in inside.value("up==1")} >= jobs, 180)
    until(lambda: len(inside.value("probe_success{service='web'}==1")) == 2, 120)
    assert inside.value("node_memory_MemTotal_bytes")
    until(lambda: not inside.alerts(), 300)
    killed = node.docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=watched_web").split()[0]
    node.docker("kill", "-s", "KILL", killed)
    seconds = until(lambda: ("TaskLost", "web") in inside.alerts(), 120)
    print(f"TaskLost of web was at Alertmanager {seconds:.0f} s after its task was killed")
    until(lambda: not inside.alerts(), 400)
    shore(node, tmp_path, *files, "ship", "down")
