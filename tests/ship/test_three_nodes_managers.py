"""`shore ship` finds a manager: by ssh, the next one where one does not answer, another leader where one is lost.
Two at once, one that is killed at any point, one after the other from nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ship.routed import PORT, Routed, routed
from tests.ship.threenodes import Member, until

pytestmark = pytest.mark.e2e

SSHD = "/usr/sbin/sshd"


@pytest.fixture(scope="module")
def site(nodes: tuple[Member, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    with routed(nodes, tmp_path_factory.mktemp("routed")) as found:
        yield found


@pytest.fixture
def by_ssh(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], list[str]]]:
    """The PATH with an ssh that knows the key, the server's process, and its address."""
    if not Path(SSHD).exists():
        pytest.skip(f"no {SSHD} (apt-get install openssh-server)")
    for name in ("host", "me"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Path("/run/sshd").mkdir(exist_ok=True)
    config = f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/me.pub\n"
    (tmp_path / "sshd").write_text(f"{config}StrictModes no\nUsePAM no\nPidFile none\n")
    (tmp_path / "known").write_text(f"[127.0.0.1]:{port} {(tmp_path / 'host.pub').read_text()}")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ssh").write_text(
        f'#!/bin/sh\nexec /usr/bin/ssh -F none -i {tmp_path}/me -o UserKnownHostsFile={tmp_path}/known "$@"\n'
    )
    (tmp_path / "bin" / "ssh").chmod(0o755)
    server = subprocess.Popen([SSHD, "-D", "-f", tmp_path / "sshd"], stderr=subprocess.DEVNULL)
    try:
        yield f"{tmp_path}/bin:/usr/bin:/bin", server, [f"ssh://root@127.0.0.1:{port}"]
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(tmp_path / "bin")


def test_by_ssh(site: Routed, by_ssh: tuple[str, subprocess.Popen[bytes], list[str]]) -> None:
    path, _, (address,) = by_ssh
    target = f"{address}{site.nodes[0].folder}/docker.sock"
    done = site.shore("ship", "status", "--to", target, PATH=path, DOCKER_HOST="unix:///nowhere")
    assert done.code == 0, done.text
    assert "1 of 1 run" in done.out
    done = site.shore(
        "ship", "--registry", site.registry, "--to", "unix:///nowhere", "--to", target,
        PATH=path, DOCKER_HOST="unix:///nowhere", VERSION="2",
    )  # fmt: skip
    assert done.code == 0, done.text
    assert "warning: no Docker engine answers at unix:///nowhere" in done.err
    assert "release 2" in done.out
    done = site.shore("ship", "status", "--to", address.replace("root@", "nobody@") + "/x", PATH=path)
    assert done.code == 1
    assert "ssh to 127.0.0.1: " in done.err
    assert "Traceback" not in done.err


def test_init_makes_no_second_swarm(site: Routed) -> None:
    assert site.ok("ship", "status", "--init").out


def test_the_leader_is_lost_and_the_next_manager_answers(site: Routed) -> None:
    leader, second, _ = site.nodes
    leader.cut(down=True)
    try:
        began = time.monotonic()
        done = site.shore("ship", "status", "--to", leader.host, "--to", second.host)
        assert "release 2" in done.out, done.text
        assert time.monotonic() - began < 60
        print(f"answered after {time.monotonic() - began:.1f} s\n{done.text}")
    finally:
        leader.cut(down=False)
    until(lambda: "Down" not in second.docker("node", "ls", "--format", "{{.Status}}", check=False), "it is back")


def test_two_ships_at_once(site: Routed) -> None:
    """The second says who has it, and changes nothing."""
    first = site.begin("ship", "--registry", site.registry, VERSION="3")
    until(lambda: "routed_ship-lock" in site.node.docker("config", "ls", "--format", "{{.Name}}"), "the first has it")
    second = site.ship(VERSION="4")
    out, err = first.communicate(timeout=300)
    assert first.returncode == 0, out + err
    assert second.code == 1
    assert "routed is being shipped: " in second.err
    assert "shore ship unlock" in second.err
    assert answered(site) == "3 blue-whale-1"
    print(second.err)


@pytest.mark.parametrize(("number", "after"), [(5, 1.0), (6, 3.0), (7, 6.0), (8, 10.0), (9, 15.0)])
def test_killed_and_carried_on(site: Routed, number: int, after: float) -> None:
    """Killed -9 so many seconds after its beginning: the next one takes over, whatever was done."""
    dead = site.begin("ship", "--registry", site.registry, VERSION=str(number))
    time.sleep(after)
    dead.kill()
    said = "".join(dead.communicate())
    if number % 2:
        done = site.shipped(VERSION=str(number))
    else:
        print(site.shore("ship", "unlock").text)
        done = site.shipped(VERSION=str(number))
    print(f"killed after {after} s, when it had said {said!r}; then: {done.text}")
    assert answered(site) == f"{number} blue-whale-1"
    assert "going" not in site.ok("ship", "releases").out
    assert "ship-lock" not in site.node.docker("config", "ls", "--format", "{{.Name}}")
    assert site.shipped(VERSION=str(number)).out == "up to date\n"


def test_down_and_shipped_again_and_again(site: Routed) -> None:
    """The networks of one name come and go; a manager may still list the one that is gone."""
    for version in range(20, 26):
        site.ok("ship", "down")
        done = site.shipped(VERSION=str(version))
        assert "release 1 is live" in done.out or "release 1:" in done.out, done.text
        assert answered(site) == f"{version} blue-whale-1"


def answered(site: Routed) -> str:
    with urllib.request.urlopen(f"http://{site.node.address}:{PORT}/", timeout=30) as answer:
        return str(answer.read().decode())
