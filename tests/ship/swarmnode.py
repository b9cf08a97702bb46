"""A real Swarm of one node for tests: a private dockerd in a network namespace of its own, so that
neither its ports nor its bridges meet those of this machine. It answers by TCP on its own
address, as a server elsewhere would."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docker.dockerd import CLI, another_in

NETWORK = os.environ.get("LONGSHORE_TEST_SWARM", "10.215.77")
"""Another for each of those that test at the same time."""
ADDRESS, OURS = f"{NETWORK}.1", f"{NETWORK}.254"
PORT = 2375
POOL = "base=10.216.0.0/16,size=24"


@dataclass(frozen=True)
class Node:
    """`host` is its DOCKER_HOST, `address` where its published ports are."""

    host: str
    address: str

    def docker(self, *words: str, check: bool = True) -> str:
        environ = {**os.environ, "DOCKER_HOST": self.host}
        done = subprocess.run([CLI, *words], env=environ, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0 or not check, f"docker {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()


def why_not() -> str:
    """Why there can be none here, "" when there can."""
    if os.geteuid() != 0:
        return "a private Swarm needs root"
    missing = [name for name in ("dockerd", "ip", "nsenter") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed (apt-get install docker.io iproute2)" if missing else ""


@contextmanager
def swarm_node(folder: Path) -> Iterator[Node]:
    """A manager that is its Swarm's only node. It and its tasks come first on a busy machine: a health check that has
    to wait for a processor would fail."""
    name = f"shoreship{os.getpid()}"
    run("ip", "netns", "add", name)
    try:
        outside = f"ship{os.getpid()}"[:15]
        run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "address", "add", f"{OURS}/24", "dev", outside)
        run("ip", "link", "set", outside, "up")
        for words in (f"addr add {ADDRESS}/24 dev eth0", "link set eth0 up", "link set lo up",
                      f"route add default via {OURS}"):  # fmt: skip
            run("ip", "-n", name, *words.split())
        prefix = ("nice", "-n", "-15", "nsenter", f"--net=/var/run/netns/{name}")
        options = ("--host", f"tcp://{ADDRESS}:{PORT}", "--tls=false", "--default-address-pool", POOL,
                   "--insecure-registry", f"{NETWORK}.0/24")  # fmt: skip
        with another_in(folder, prefix, *options):
            node = Node(f"tcp://{ADDRESS}:{PORT}", ADDRESS)
            node.docker("swarm", "init", "--advertise-addr", ADDRESS)
            yield node
    finally:
        run("ip", "netns", "delete", name)


def copy_image(node: Node, host: str, reference: str) -> None:
    """Give the node an image that another engine has."""
    with subprocess.Popen([CLI, "-H", host, "save", reference], stdout=subprocess.PIPE) as give:
        subprocess.run([CLI, "-H", node.host, "load", "-q"], stdin=give.stdout, check=True, capture_output=True)
    assert give.returncode == 0


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
