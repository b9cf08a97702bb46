"""Parts of a service of a Swarm, one by one: modes, restarts, resources, places, ports, networks, secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ship.make import container, shipped, spec

SECOND = 1_000_000_000
CHECK = "healthcheck: {test: [CMD, probe], interval: 1s, timeout: 1s}"


def one(folder: Path, text: str, **more: Any) -> dict[str, Any]:
    return spec(shipped(folder, f"services: {{a: {{image: x, {text}}}}}\n", **more), "a")


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("scale: 3", {"Replicated": {"Replicas": 3}}),
        ("deploy: {replicas: 0}", {"Replicated": {"Replicas": 0}}),
        ("deploy: {mode: global}", {"Global": {}}),
        ("deploy: {mode: global-job}", {"GlobalJob": {}}),
        ("deploy: {mode: replicated-job, replicas: 2}",
         {"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 2}}),
    ],
)  # fmt: skip
def test_modes(tmp_path: Path, text: str, mode: dict[str, Any]) -> None:
    assert one(tmp_path, text)["Mode"] == mode


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("init: true", {"Condition": "any"}),
        ("deploy: {labels: {a: b}}", {"Condition": "any"}),
        ("restart: always", {"Condition": "any"}),
        ("restart: unless-stopped", {"Condition": "any"}),
        ("restart: 'no'", {"Condition": "none"}),
        ("restart: on-failure:3", {"Condition": "on-failure", "MaxAttempts": 3}),
        ("deploy: {restart_policy: {condition: on-failure, delay: 2s, window: 1m, max_attempts: 4}}",
         {"Condition": "on-failure", "MaxAttempts": 4, "Delay": 2 * SECOND, "Window": 60 * SECOND}),
        ("deploy: {restart_policy: {delay: 0s}}", {"Condition": "any", "Delay": 0}),
    ],
)  # fmt: skip
def test_who_comes_back(tmp_path: Path, text: str, policy: dict[str, Any]) -> None:
    assert one(tmp_path, text)["TaskTemplate"]["RestartPolicy"] == policy


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("init: true", None),
        ("deploy: {replicas: 1}", None),
        ("pids_limit: -1", None),
        ("deploy: {resources: {limits: {cpus: '1.5', memory: 2m, pids: 7}}}",
         {"Limits": {"NanoCPUs": 3 * SECOND // 2, "MemoryBytes": 2 << 20, "Pids": 7}}),
        ("deploy: {resources: {reservations: {cpus: '0.25', memory: 1m}}}",
         {"Reservations": {"NanoCPUs": SECOND // 4, "MemoryBytes": 1 << 20}}),
    ],
)  # fmt: skip
def test_resources(tmp_path: Path, text: str, found: dict[str, Any] | None) -> None:
    assert one(tmp_path, text)["TaskTemplate"].get("Resources") == found


def test_places(tmp_path: Path) -> None:
    text = (
        "deploy: {placement: {constraints: [node.role==worker], preferences: [{spread: node.labels.zone}], "
        "max_replicas_per_node: 2}}"
    )
    assert one(tmp_path, text)["TaskTemplate"]["Placement"] == {
        "Constraints": ["node.role==worker"],
        "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.zone"}}],
        "MaxReplicas": 2,
    }
    assert "Placement" not in one(tmp_path, "deploy: {replicas: 1}")["TaskTemplate"]


@pytest.mark.parametrize(("mode", "pinned"), [("replicated", True), ("global", False)])
def test_one_of_each_node_stays_nowhere(tmp_path: Path, mode: str, pinned: bool) -> None:
    text = f"services: {{a: {{image: x, volumes: ['data:/d', 'more:/m'], deploy: {{mode: {mode}}}}}}}\n"
    ship = shipped(tmp_path, text + "volumes: {data: , more: }", pins={"data": "here", "more": "here"})
    assert ("Placement" in spec(ship, "a")["TaskTemplate"]) is pinned
    if pinned:
        assert spec(ship, "a")["TaskTemplate"]["Placement"] == {"Constraints": ["here"]}


def test_ports_that_are_not_the_proxys(tmp_path: Path) -> None:
    text = "ports: [{target: 53, published: '53', protocol: udp, mode: host}, {target: 54, protocol: udp, mode: host}]"
    assert one(tmp_path, text)["EndpointSpec"] == {
        "Mode": "dnsrr",
        "Ports": [
            {"Protocol": "udp", "TargetPort": 53, "PublishMode": "host", "PublishedPort": 53},
            {"Protocol": "udp", "TargetPort": 54, "PublishMode": "host"},
        ],
    }
    assert one(tmp_path, "deploy: {endpoint_mode: vip}")["EndpointSpec"] == {"Mode": "vip"}
    assert one(tmp_path, "deploy: {replicas: 1}")["EndpointSpec"] == {"Mode": "dnsrr"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("init: true", {"Parallelism": 1, "Delay": 0, "Monitor": 5 * SECOND, "Order": "stop-first"}),
        ("deploy: {replicas: 5}", {"Parallelism": 2, "Monitor": 5 * SECOND}),
        (f"{CHECK}, deploy: {{update_config: {{parallelism: 0, max_failure_ratio: 0.5}}}}",
         {"Parallelism": 0, "MaxFailureRatio": 0.5, "Order": "start-first"}),
        ("healthcheck: {disable: true}", {"Monitor": 5 * SECOND, "Order": "stop-first"}),
        ("deploy: {update_config: {delay: 3s}}", {"Delay": 3 * SECOND, "FailureAction": "rollback"}),
        ("ports: [{target: 80, published: '80', mode: host}], deploy: {update_config: {order: start-first}}",
         {"Order": "stop-first"}),
    ],
)  # fmt: skip
def test_how_it_changes(tmp_path: Path, text: str, rule: dict[str, Any]) -> None:
    found = one(tmp_path, text)["UpdateConfig"]
    assert {name: found[name] for name in rule} == rule


def test_a_network_as_it_is_made(tmp_path: Path) -> None:
    text = """
services: {a: {image: x, networks: {n: {driver_opts: {k: v}}, m: }, logging: {options: {max-size: 1m}}}}
networks:
  n: {internal: true, attachable: true, enable_ipv6: true, labels: {l: m}, ipam: {config: [{subnet: 10.9.0.0/24}]}}
  m: {}
"""
    ship = shipped(tmp_path, text)
    made, plain = ship.networks["demo_n"], ship.networks["demo_m"]
    assert (made["Internal"], made["Attachable"], made["EnableIPv6"]) == (True, True, True)
    assert (made["Labels"]["l"], made["IPAM"]["Config"]) == ("m", [{"Subnet": "10.9.0.0/24"}])
    assert not {"Internal", "Attachable", "EnableIPv6", "IPAM", "Options"} & plain.keys()
    template = spec(ship, "a")["TaskTemplate"]
    assert {"Target": "demo_n", "Aliases": ["a"], "DriverOpts": {"k": "v"}} in template["Networks"]
    assert {"Target": "demo_m", "Aliases": ["a"]} in template["Networks"]
    assert template["LogDriver"] == {"Name": "json-file", "Options": {"max-size": "1m"}}
    assert "LogDriver" not in one(tmp_path, "init: true")["TaskTemplate"]


def test_a_container_by_its_fields(tmp_path: Path) -> None:
    text = (
        "tty: true, stdin_open: true, hostname: h, domainname: d, group_add: [audio], dns: [1.1.1.1], "
        "dns_search: [s], dns_opt: [o], shm_size: 1m, tmpfs: ['/t:size=2m,mode=700'], cap_add: [NET_ADMIN]"
    )
    found = container(shipped(tmp_path, f"services: {{a: {{image: x, {text}}}}}"), "a")
    assert (found["TTY"], found["OpenStdin"], found["Hostname"], found["Groups"]) == (True, True, "h.d", ["audio"])
    assert found["DNSConfig"] == {"Nameservers": ["1.1.1.1"], "Search": ["s"], "Options": ["o"]}
    assert found["Mounts"] == [
        {"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 2 << 20, "Mode": 0o700}},
        {"Type": "tmpfs", "Target": "/dev/shm", "TmpfsOptions": {"SizeBytes": 1 << 20, "Mode": 0o1777}},
    ]
    plain = container(shipped(tmp_path, "services: {a: {image: x, hostname: h}}"), "a")
    assert plain["Hostname"] == "h"
    assert not {"TTY", "OpenStdin", "ReadOnly", "Init", "DNSConfig", "Mounts"} & plain.keys()


def test_declared_secrets_and_configs(tmp_path: Path) -> None:
    text = """
services:
  a:
    image: x
    environment: {SAID: open-sesame-9}
    secrets: [key, {source: outside, target: /o, mode: 0400, uid: '7'}]
    configs: [conf, {source: plain, target: /p}]
secrets: {key: {environment: KEY}, outside: {external: true, name: theirs}}
configs: {conf: {content: x}, plain: {content: y}}
"""
    files = {"secret:key": b"k", "config:conf": b"it is open-sesame-9", "config:plain": b"plain"}
    ship = shipped(tmp_path, text + "x-longshore: {ship: {secrets: [SAID]}}\n", files=files)
    found = container(ship, "a")
    places = {use["File"]["Name"]: (use["File"]["Mode"], use["File"]["UID"]) for use in found["Secrets"]}
    assert places == {
        "/run/longshore/env/SAID": (0o444, "0"), "/run/secrets/key": (0o444, "0"), "/o": (0o400, "7"),
        "/conf": (0o444, "0"),
    }  # fmt: skip
    assert [use["File"]["Name"] for use in found["Configs"]] == ["/run/longshore/enter", "/p"]
    stored = {
        (thing.kind, thing.content) for thing in ship.stored if thing.content in (*files.values(), b"open-sesame-9")
    }
    assert stored == {
        ("secret", b"k"), ("secret", b"it is open-sesame-9"), ("config", b"plain"), ("secret", b"open-sesame-9"),
    }  # fmt: skip
