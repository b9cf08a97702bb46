"""Each guard of `shore ship` matters: the same is played with it and without it, and without it failures are counted.
What was counted is written to bench/results/ship-guards.md."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker.dockerd import hosting
from tests.ship import without as without_one
from tests.ship.client import OpenLoop
from tests.ship.routed import PORT, Record, Routed, routed
from tests.ship.small import nginx_to
from tests.ship.swarmnode import run
from tests.ship.threenodes import Member, until
from tests.shore import SHORE

pytestmark = pytest.mark.e2e

HANGS = 15.0
"""Seconds after which an answer counts as none."""
SLOW_START = {"START": "12", "RETRIES": "40"}
CHECK = '    healthcheck: {test: "test -f /tmp/ready", interval: 1s, timeout: 30s, retries: "${RETRIES:-9}"}\n    ports'
RULE = "update_config: {monitor: 3s}\n      placement"


@pytest.fixture(scope="module")
def record() -> Record:
    header = ("guard", "what is played, with it or without", "with it", "without it", "played, at a load of")
    title = "Failures with each guard of `shore ship`, and without it"
    return Record("ship-guards", title, header, ())


@pytest.fixture(scope="module")
def site(nodes: tuple[Member, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Routed]:
    with routed(nodes, tmp_path_factory.mktemp("routed"), edges=1) as found:
        yield found


@contextmanager
def without(site: Routed, guard: str) -> Iterator[None]:
    """`shore` without the guard; "": with all. A proxy is made anew where it is another one."""
    if guard in PROXYS or site.last in PROXYS:
        site.ok("ship", "down")
    site.command, site.last = [sys.executable, without_one.__file__, guard] if guard else [SHORE], guard
    try:
        yield
    finally:
        site.command = [SHORE]


@contextmanager
def changed(site: Routed, old: str, new: str) -> Iterator[None]:
    """Another file for a while."""
    file = site.folder / "site" / "compose.yaml"
    whole = file.read_text()
    assert old in whole
    file.write_text(whole.replace(old, new))
    try:
        yield
    finally:
        file.write_text(whole)


def failed(*clients: OpenLoop) -> tuple[int, str]:
    """What failed, and what took so long that nobody waits for it; and of how many."""
    bad = sum(len(one.failures) + sum(took > HANGS and not wrong for _, took, wrong in one.ends) for one in clients)
    return bad, f"{bad} of {sum(one.asked for one in clients):,}"


Count = tuple[int, str]


def released(site: Routed, *words: str) -> Count:
    site.shipped(*words)
    with site.asked(least=1500, least_slow=300) as asked:
        site.shipped(*words, VERSION="2", **SLOW_START)
    return failed(asked.quick, asked.slow)


def health_check(site: Routed, guard: str) -> Count:
    """a release of a program that begins to listen after 12 s"""
    if not guard:
        return released(site)
    with changed(site, CHECK, "    ports"), changed(site, RULE, RULE.replace("3s", "3s, order: start-first")):
        return released(site)


def start_first(site: Routed, guard: str) -> Count:
    """a release of a program that begins to listen after 12 s"""
    if not guard:
        return released(site)
    with changed(site, RULE, RULE.replace("3s", "3s, order: stop-first")):
        return released(site, "--allow-interruption", "web")


@contextmanager
def dark(site: Routed, member: Member) -> Iterator[None]:
    member.cut(down=True)
    try:
        yield
    finally:
        member.cut(down=False)
        until(lambda: "Down" not in site.node.docker("node", "ls", "--format", "{{.Status}}"), "all nodes are back")


def uploads(site: Routed, _: str) -> Count:
    """the link of a node is cut while 8 MB are on their way to each task: uploads that hang over 15 s"""
    found = _cut(site, OpenLoop([(site.node.address, PORT)], 8, "/upload", "POST", body=bytes(8 << 20)))
    hang = sum(took > HANGS for _, took, _ in found.ends)
    return hang, f"{hang} of {found.asked:,}"


def gets(site: Routed, _: str) -> Count:
    """the link of a node is cut while requests of half a second are in flight"""
    return failed(_cut(site, OpenLoop([(site.node.address, PORT)], 60, "/slow")))


def _cut(site: Routed, client: OpenLoop) -> OpenLoop:
    site.shipped(REPLICAS="3")
    with client:
        time.sleep(4)
        with dark(site, site.member("n3")):
            time.sleep(20)
    return client


def kept_secrets(site: Routed, _: str) -> Count:
    """a new secret, and the way back"""
    site.shipped()
    site.shipped(TOKEN="red-whale-22")
    done = site.shore("ship", "rollback")
    print(done.text)
    return done.code, "goes back" if done.code == 0 else "cannot go back: " + done.err.split("\n")[0][:90]


def image_everywhere(site: Routed, _: str) -> Count:
    """the registry does not answer any more, and the node of the only task is drained"""
    site.ok("ship", "down")
    for one in site.nodes:
        until(lambda node=one: not node.docker("ps", "-q", "--filter", "name=routed_"), "its tasks are gone")  # type: ignore[misc]
        one.docker("container", "prune", "-f")
        built = one.docker("images", "-q", "--filter", "label=com.docker.compose.project=routed").split()
        if built:  # those of an earlier play would be there
            one.docker("rmi", "-f", *sorted({*built}))
    site.shipped(AVOID="n1")
    (name,) = site.where()
    run_registry(site, up=False)
    try:
        done = site.shore("ship", "drain", name, "--wait-timeout", "60")
    finally:
        run_registry(site, up=True)
        site.node.docker("node", "update", "--availability", "active", name)
    print(done.text)
    return done.code, "moves" if done.code == 0 else "cannot move: " + done.err.strip().split("\n")[0][:120]


def run_registry(site: Routed, *, up: bool) -> None:
    """Whether the nodes reach it: the port is refused on the way."""
    port = site.registry.partition(":")[2].partition("/")[0]
    for one in site.nodes:
        one.inside("iptables", "-D" if up else "-I", "OUTPUT", "-p", "tcp", "--dport", port, "-j", "REJECT")


LOSS = ("OUTPUT", "-p", "tcp", "--syn", "--dport", "8000",
        "-m", "statistic", "--mode", "nth", "--every", "200", "-j", "DROP")  # fmt: skip
FRONT = """\
  front:
    build: {context: ., dockerfile_inline: "FROM nginx:alpine\\nCOPY front.conf /front.conf\\n"}
    command: [/usr/sbin/nginx, -e, stderr, -c, /front.conf]
    healthcheck: {test: "test -f /tmp/pid", interval: 1s, timeout: 30s, retries: 9}
    ports: ["18082:8000"]
    depends_on: [web]
    deploy: {update_config: {monitor: 3s}}
"""
NGINX = """\
daemon off; user root; pid /tmp/pid; error_log stderr;
events {}
http {
    access_log off; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p;
    fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
    server { listen 8000; location / { %s } }
}
"""
ASKS_AGAIN = """resolver 127.0.0.11 valid=1s ipv6=off; set $app http://web:8000; proxy_pass $app;
        proxy_connect_timeout 500ms; proxy_next_upstream error timeout;"""
DATA = "    stop_grace_period: 20s\n    deploy"


def volume_pin(site: Routed, _: str) -> Count:
    """the node of a service's volume is drained: answers without its data"""
    data = "    volumes: [data:/data]\n"
    with changed(site, DATA, data + DATA), changed(site, "x-longshore", "volumes: {data: {}}\nx-longshore"):
        site.shipped()
        with OpenLoop([(site.node.address, PORT)], 1, "/data", "POST", body=b"the data"):
            time.sleep(0.5)
        (name,) = site.where()
        with OpenLoop([(site.node.address, PORT)], 20, "/data") as client:
            time.sleep(2)
            if name == "n1":  # its proxy is asked: only the task may go
                site.node.docker("service", "update", "-d", "--constraint-add", "node.hostname!=n1", "routed_web")
            else:
                site.node.docker("node", "update", "--availability", "drain", name)
            time.sleep(20)
        site.node.docker("node", "update", "--availability", "active", name)
        wrong = sum(text != "the data" for _, text in client.heard)
        for one in site.nodes:
            site.node.docker("node", "update", "--label-rm", "longshore.volume.routed_data", one.name, check=False)
        site.ok("ship", "down")
        for one in site.nodes:
            one.docker("volume", "rm", "-f", "routed_data", check=False)
        site.shipped()
    return wrong, f"{wrong} of {len(client.heard)}"


def lost_packets(site: Routed, _: str) -> Count:
    """every 200th packet that opens a connection to the only task is lost: requests slower than 2 s"""
    site.shipped()
    (proxy,) = (pid for pid in site.nodes[0].processes() if b"caddy\0run" in said(pid) and b"port-18080" in said(pid))
    run("nsenter", "-t", str(proxy), "-n", "iptables", "-I", *LOSS)
    with OpenLoop([(site.node.address, PORT)], 100) as client:
        time.sleep(20)
    run("nsenter", "-t", str(proxy), "-n", "iptables", "-D", *LOSS)
    slow = sum(took > 2 for _, took, _ in client.ends) + len(client.failures)
    return slow, f"{slow} of {client.asked:,}, the slowest {client.worst:.1f} s"


def said(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def nginx_resolver(site: Routed, guard: str) -> Count:
    """a release of what an nginx passes requests on to"""
    for host in hosting("nginx:alpine"):
        nginx_to(site.node, host, "nginx:alpine")
    (site.folder / "site" / "front.conf").write_text(NGINX % ("proxy_pass http://web:8000;" if guard else ASKS_AGAIN))
    with changed(site, "  other:\n", f"{FRONT}  other:\n"):
        site.shipped()
        with OpenLoop([(site.node.address, 18082)], 100) as client:
            time.sleep(3)
            site.shipped(VERSION="2")
            time.sleep(5)
        site.ok("ship", "down")
    return failed(client)


def long_answer(site: Routed, _: str) -> Count:
    """routes change while an answer of a minute is being sent"""
    site.shipped(TLS="off")
    with OpenLoop([(site.node.address, 80)], 0.5, "/trickle", host="shop.example.org"):
        time.sleep(1)
        done = site.ship(BEHIND="other", TLS="off")
    print(done.text)
    return done.code, "in force" if done.code == 0 else "not taken: " + done.err.strip().split("\n")[-2][:120]


PLAYS: dict[str, Callable[[Routed, str], Count]] = {
    "health check": health_check, "start-first": start_first, "nginx resolver": nginx_resolver,
    "kept secrets": kept_secrets, "volume pin": volume_pin, "image on every node": image_everywhere,
    "answer_within": gets, "tcp_retries2": uploads, "max_fails 10": lost_packets, "grace_period": long_answer,
}  # fmt: skip
PROXYS = ("max_fails", "grace_period", "answer_within", "tcp_retries2")
PATCHED = {"max_fails 10": "max_fails", "grace_period": "grace_period", "answer_within": "answer_within",
           "tcp_retries2": "tcp_retries2", "kept secrets": "kept_secrets", "image on every node": "image_everywhere",
           "volume pin": "volume_pin"}  # fmt: skip


@pytest.mark.parametrize("guard", PLAYS)
def test_a_guard_matters(site: Routed, record: Record, guard: str) -> None:
    play = PLAYS[guard]
    with without(site, ""):
        kept, kept_words = play(site, "")
    with without(site, PATCHED.get(guard, "")):
        bare, bare_words = play(site, guard)
    when = f"{time.strftime('%Y-%m-%d %H:%M')}, {os.getloadavg()[0]:.0f}"
    record.keep_others(PLAYS)
    record.add(guard, (play.__doc__ or "").strip(), kept_words, bare_words, when)
    record.wanted = tuple(name for name in PLAYS if name in record.rows)
    record.write()  # as they come: playing all takes long
    assert kept == 0, kept_words
    assert bare > 0, bare_words
