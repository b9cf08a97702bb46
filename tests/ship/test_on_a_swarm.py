"""`shore ship` on a real Swarm of one node."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.dockerd import CLI, hosting
from tests.localregistry import local_registry, programs, why_no_registry
from tests.ship.client import OpenLoop
from tests.ship.small import caddy_to
from tests.ship.swarmnode import OURS, Node, copy_image, swarm_node, why_not
from tests.shore import SHORE, Done

pytestmark = pytest.mark.e2e

BASE, PROXY_IMAGE = "python:3.11-slim", "caddy:2"
PROJECT = "site"
PORT = 18000
NO_FAILURE_SLOWER = 5.0
"""Seconds: on two cores that others use too."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    yield from hosting(BASE, PROXY_IMAGE)


@pytest.fixture(scope="module")
def node(host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    reason = why_not()
    if reason:
        pytest.skip(f"swarm: {reason}")
    folder = tmp_path_factory.mktemp("swarm")
    with swarm_node(folder) as found:
        copy_image(found, host, BASE)
        yield found


class Site:
    """The stack of tests/ship/site on that Swarm, shipped with variables of one's own."""

    def __init__(self, node: Node, folder: Path, project: str = PROJECT) -> None:
        self.node, self.folder, self.project = node, folder, project
        self.command = [SHORE]
        shutil.copytree(Path(__file__).parent / "site", folder / "site")

    def begin(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        homes = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("STATE", "DATA")}
        environ = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "DOCKER_HOST": self.node.host,
            **homes,
            **variables,
        }
        command = [*self.command, "-p", self.project, "--progress", "quiet", *words]
        return subprocess.Popen(
            command, cwd=self.folder / "site", env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def shore(self, *words: str, **variables: str) -> Done:
        process = self.begin(*words, **variables)
        out, err = process.communicate(timeout=300)
        return Done(process.returncode, out, err)

    def ok(self, *words: str, **variables: str) -> Done:
        done = self.shore(*words, **variables)
        assert done.code == 0, done.text
        return done

    def client(self) -> OpenLoop:
        return OpenLoop([(self.node.address, PORT)], 20)

    def spec(self, service: str) -> str:
        return self.node.docker("service", "inspect", f"{PROJECT}_{service}")

    def running(self, service: str) -> dict[str, str]:
        """What the tasks of a service really run, as their container's environment says."""
        found = json.loads(self.spec(service))[0]["Spec"]["TaskTemplate"]["ContainerSpec"]
        return dict(entry.partition("=")[::2] for entry in found["Env"])


@pytest.fixture(scope="module")
def site(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Shipped once; each test ships what it needs over what is there."""
    found = Site(node, tmp_path_factory.mktemp("site"))
    done = found.ok("ship")
    assert done.out == "release 1 is live\n", done.text
    yield found
    done = found.ok("ship", "down")
    assert "volumes stay" in done.out
    assert (
        node.docker("service", "ls", "-q")
        == node.docker("secret", "ls", "-q")
        == node.docker("config", "ls", "-q")
        == ""
    )
    assert f"{PROJECT}_data" in node.docker("volume", "ls", "-q")


def test_an_update_and_the_way_back_lose_no_request(site: Site) -> None:
    with site.client() as client:
        done = site.shore("--debug", "ship", "--no-build", VERSION="2", TOKEN="red-whale-22")
        back = site.shore("ship", "rollback")
    assert client.failures == [], (client.failures[:5], client.asked, client.worst, done.text, back.text)
    assert (done.code, back.code) == (0, 0), (client.worst, done.text, back.text)
    assert client.answers == {"1 blue-whale-1", "2 red-whale-22"}
    assert client.asked > 200
    assert client.worst < NO_FAILURE_SLOWER
    for said in (done.out, back.out):
        assert " probes, 0 failed, worst " in said
    found = everything(site.node) + done.text
    assert len(found) > 10_000
    assert "red-whale" not in found
    assert "blue-whale" not in found
    planned = site.ok("--dry-run", "ship", VERSION="2", TOKEN="red-whale-22").out
    assert "update service    web  (environment VERSION, secret API_TOKEN changed; start-first" in planned
    assert "create secret" not in planned
    assert site.ok("--dry-run", "ship").out == "up to date\n"


def everything(node: Node) -> str:
    """All that the Swarm and its node tell about what they hold."""
    found = [
        node.docker(kind, "inspect", name)
        for kind in ("service", "config", "secret")
        for name in node.docker(kind, "ls", "-q").split()
    ]
    found += [node.docker("config", "inspect", "--pretty", name) for name in node.docker("config", "ls", "-q").split()]
    found += [node.docker("inspect", name) for name in node.docker("ps", "-aq").split()]
    found += [node.docker("service", "logs", f"{PROJECT}_{name}") for name in ("web", "first")]
    return "".join([*found, node.docker("history", "--no-trunc", f"{PROJECT}-web")])


@pytest.mark.parametrize(("version", "first", "words"), [("sick", "9", "health"), ("crash", "1", "I crash")])
def test_a_release_that_fails_goes_back_whole(site: Site, version: str, first: str, words: str) -> None:
    with site.client() as client:
        done = site.shore("ship", "--no-build", VERSION=version, FIRST=first)
    assert done.code == 1
    assert "web: " in done.err
    assert "was taken back; release" in done.err
    assert words in done.err, done.err
    assert ("first is updated" in done.err) == (first == "9")
    assert site.running("first")["VERSION"] == site.running("web")["VERSION"] == "1"
    assert site.ok("--dry-run", "ship").out == "up to date\n"
    assert client.failures == [], (client.failures[:5], client.asked, done.text)


def test_a_migration_that_fails_stops_the_release_before_what_needs_it(site: Site) -> None:
    before = site.spec("web")
    done = site.shore("ship", "--no-build", VERSION="5", MIGRATION="7")
    assert done.code == 1
    assert "migrate: it ended with code 7" in done.err
    assert "migrating" in done.err
    assert site.spec("web") == before


def test_an_interruption_is_refused_by_name(site: Site) -> None:
    file = site.folder / "site" / "compose.yaml"
    whole = file.read_text()
    file.write_text(whole.replace("app.py, edge]", "app.py, edge, again]"))
    try:
        done = site.shore("ship", "--no-build")
    finally:
        file.write_text(whole)
    assert done.code == 1
    assert "edge would stop for a while: its task holds port 18000" in done.err
    assert "--allow-interruption edge" in done.err


def test_two_at_once_and_one_that_is_killed(site: Site) -> None:
    first = site.begin("ship", "--no-build", VERSION="6")
    try:
        _until(lambda: "being shipped" in site.shore("ship", "status").out)
        second = site.shore("ship", "--no-build", VERSION="7")
        assert second.code == 1
        assert f"{PROJECT} is being shipped: " in second.err
        _until(lambda: site.running("web")["VERSION"] == "6")
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    third = site.ok("ship", "--no-build", VERSION="8")
    assert "is taken over: that process has ended" in third.err
    assert site.running("web")["VERSION"] == "8"


def _until(holds: object, seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.2)


ONLY = """services: {only: {build: {context: ., dockerfile_inline: "FROM tiny:1"}, command: [sleep, '600'], init: true}}
"""


def test_published_by_digest_and_on_every_node_first(node: Node, tmp_path: Path) -> None:
    reason = why_no_registry()
    if reason:
        pytest.skip(reason)
    site = Site(node, tmp_path, project="only")
    (tmp_path / "site" / "compose.yaml").write_text(ONLY)
    take = [CLI, "-H", node.host, "import", "-", "tiny:1"]
    subprocess.run(take, input=programs(("sleep",)), check=True, capture_output=True)
    with local_registry(tmp_path / "registry", OURS) as registry:
        done = site.ok("ship", "--registry", f"{registry.host}/shop")
        assert f"published  {registry.host}/shop/only:id-" in done.err
        assert f"on every node  {registry.host}/shop/only@sha256:" in done.err
    spec = json.loads(node.docker("service", "inspect", "only_only"))[0]["Spec"]
    image = spec["TaskTemplate"]["ContainerSpec"]["Image"]
    assert image.startswith(f"{registry.host}/shop/only@sha256:")
    site.ok("ship", "down")


def test_hosts_and_ports_go_through_a_proxy_that_stays(node: Node, host: str, tmp_path: Path) -> None:
    caddy_to(node, host, PROXY_IMAGE)
    site = Site(node, tmp_path, project="routed")
    shutil.copy(tmp_path / "site" / "routed.yaml", tmp_path / "site" / "compose.yaml")
    proxies = ("longshore-proxy_edge", "longshore-proxy_port-18080")
    try:
        planned = site.ok("--dry-run", "ship").out
        assert "reload proxy      longshore-proxy  (routes shop.example.org, port 18080)" in planned
        site.ok("ship")
        assert by_tls(node.address) == "1 blue-whale-1"
        before = node.docker("service", "ps", "-q", *proxies)
        with OpenLoop([(node.address, 18080)], 20) as client:
            done = site.shore("ship", "--no-build", VERSION="2", BEHIND="other")
        assert done.code == 0, done.text
        assert not client.failures, (str(client), done.text)
        assert client.answers == {"1 blue-whale-1", "2 blue-whale-1"}
        assert by_tls(node.address) == "other grey-whale-0"
        assert node.docker("service", "ps", "-q", *proxies) == before
        second = site.shore("-p", "another", "ship")
        assert second.code == 1
        assert "shop.example.org is routed to the project routed already" in second.err, second.err
        assert "port 18080 is routed to the project routed already" in second.err
    finally:
        site.ok("ship", "down")
    _until(lambda: "longshore" not in node.docker("service", "ls") + node.docker("network", "ls"))


def by_tls(address: str) -> str:
    """What shop.example.org answers there, whoever has signed its certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((address, 443), 30) as plain,
        context.wrap_socket(plain, server_hostname="shop.example.org") as line,
    ):
        line.sendall(b"GET / HTTP/1.1\r\nHost: shop.example.org\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: line.recv(4096), b"")).decode().rpartition("\r\n\r\n")[2]
