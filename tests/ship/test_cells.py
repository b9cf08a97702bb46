"""Every attribute of the Specification has its Swarm cell, and every cell is true: what is refused is refused with its
line, what is left out is said with its line, and all else comes over without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.model.errors import ShoreError, ShoreErrors
from longshore.model.support import ATTRIBUTES, Attribute
from longshore.ship.cells import cell_of
from longshore.ship.facts import NO_NEW_PRIVILEGES, Ship
from longshore.ship.settings import Settings
from longshore.ship.translate import translate
from tests.ship.make import facts_of, stack_of

BY_PATH = {attribute.path: attribute for attribute in ATTRIBUTES}
KINDS = {
    "text": "one", "number": 7, "whole number": 7, "whole number only": 7, "boolean": True, "true or false": True,
    "duration": "7s", "pairs": {"KEY": "value"}, "options": {"key": "value"}, "options or nothing": {"key": "value"},
    "texts": ["one"], "texts by name": {"one": "1"}, "list of text": ["one"], "unique list of text": ["one"],
    "command": ["one"], "nothing": None, "hosts": ["one:192.0.2.1"],
}  # fmt: skip
"""A value of each kind; kinds are alternatives, of which the first is taken."""

S = "services.*."
DEVICE, RATE = {"path": "/dev/null", "weight": 7}, {"path": "/dev/null", "rate": 7}
SAMPLES: dict[str, Any] = {
    S + "group_add": ["1001"], S + "expose": ["9"], S + "restart": "no", S + "platform": "linux/amd64",
    S + "pull_policy": "missing", S + "stop_signal": "SIGINT", S + "dns": ["192.0.2.1"], S + "links": ["other"],
    S + "init": False, S + "mac_address": "02:42:ac:11:65:43",
    S + "network_mode": "host", S + "volumes_from": ["other"],
    S + "tmpfs": ["/one"], S + "ulimits": {"nofile": 7}, S + "ulimits.*": 7, S + "gpus": "all", S + "pid": "host",
    S + "memswap_limit": "64m", S + "cpuset": "0", S + "uts": "host",
    S + "mem_limit": "64m", S + "mem_reservation": "32m", S + "shm_size": "64m", S + "extends": {"service": "other"},
    S + "extends.service": "other", S + "depends_on": ["other"], S + "depends_on.*.condition": "service_healthy",
    S + "ports": ["9000:9"], S + "ports.*": "9000:9", S + "ports.*.target": 9, S + "ports.*.published": "9000",
    S + "ports.*.host_ip": "127.0.0.1", S + "ports.*.protocol": "udp", S + "ports.*.mode": "host",
    S + "ports.*.app_protocol": "redis", S + "volumes": ["/one"], S + "volumes.*": "/one",
    S + "volumes.*.type": "volume", S + "volumes.*.source": "data", S + "volumes.*.target": "/two",
    S + "volumes.*.bind.propagation": "rprivate", S + "volumes.*.tmpfs.mode": 0o700,
    S + "volumes.*.tmpfs.size": 4096, S + "networks": ["other"], S + "networks.*.ipv4_address": "192.0.2.9",
    S + "networks.*.ipv6_address": "2001:db8::9", S + "networks.*.link_local_ips": ["169.254.0.9"],
    S + "networks.*.mac_address": "02:42:ac:11:65:43", S + "configs": ["one"], S + "configs.*": "one",
    S + "configs.*.source": "two", S + "configs.*.target": "/two", S + "configs.*.mode": 0o440,
    S + "secrets": ["one"], S + "secrets.*": "one", S + "secrets.*.source": "two", S + "secrets.*.target": "two",
    S + "secrets.*.mode": 0o440, S + "devices": ["/dev/null"], S + "devices.*": "/dev/null",
    S + "deploy.mode": "global", S + "deploy.endpoint_mode": "vip", S + "deploy.update_config.order": "start-first",
    S + "deploy.update_config.failure_action": "pause", S + "deploy.update_config.max_failure_ratio": 0.5,
    S + "deploy.resources.limits.memory": "64m", S + "deploy.resources.reservations.memory": "64m",
    S + "deploy.restart_policy.condition": "on-failure", S + "deploy.placement.constraints": ["node.role==manager"],
    S + "healthcheck.test": "probe", S + "healthcheck.disable": True, S + "logging": {"driver": "local"},
    S + "userns_mode": "host", S + "hostname": "host", S + "env_file": ["env"], S + "env_file.*": {"path": "env"},
    S + "env_file.*.path": "env", S + "label_file": ["env"], S + "extra_hosts": ["one:192.0.2.1"],
    S + "external_links": ["away"], S + "ipc": "host", S + "credential_spec": {"file": "x"},
    S + "device_cgroup_rules": ["c 1:3 r"], S + "stop_grace_period": "7s", S + "scale": 7,
    S + "env_file.*.format": "raw", S + "extends.file": "compose.yaml",
    S + "pre_start": [{"command": ["one"]}], S + "post_start": [{"command": ["one"]}],
    S + "pre_stop": [{"command": ["one"]}], S + "volumes.*.image": {"subpath": "one"},
    S + "storage_opt": {"size": "1G"},
    S + "blkio_config": {"weight": 7}, S + "blkio_config.weight_device": [DEVICE],
    S + "blkio_config.device_read_bps": [RATE],
    S + "blkio_config.device_read_iops": [RATE], S + "blkio_config.device_write_bps": [RATE],
    S + "blkio_config.device_write_iops": [RATE], S + "security_opt": ["no-new-privileges:true"],
    S + "deploy.resources.reservations.generic_resources": [{"discrete_resource_spec": {"kind": "x", "value": 1}}],
    S + "deploy.resources.reservations.devices": [{"capabilities": ["gpu"]}],
    S + "depends_on.*": {"condition": "service_started"},
    "networks.*.driver": "bridge", "networks.*.ipam.config.*.subnet": "192.0.2.0/24",
    "networks.*.ipam.config.*.gateway": "192.0.2.1", "networks.*.ipam.config.*.ip_range": "192.0.2.0/25",
    "networks.*.ipam.config.*.aux_addresses": {"one": "192.0.2.7"}, "secrets.*.environment": "TOKEN",
    "secrets.*.file": "env", "configs.*.file": "env", "configs.*.environment": "TOKEN", "include": ["more.yaml"],
    "include.*": "more.yaml", "include.*.path": "more.yaml",
}  # fmt: skip
BESIDE: dict[str, Any] = {
    S + "domainname": {"hostname": "host"},
    S + "ports.*": {"target": 9, "published": "9000"},
    S + "ports.*.target": {"published": "9000"},
    S + "volumes.*": {"type": "volume", "target": "/one"},
    S + "configs.*": {"source": "one"},
    S + "secrets.*": {"source": "one"},
    S + "ulimits.*": {"soft": 7, "hard": 9},
    S + "healthcheck": {"test": "probe"},
    S + "extends": {"service": "other"},
    S + "env_file.*": {"path": "env"},
    S + "devices.*": {"source": "/dev/null"},
    S + "gpus.*": {"capabilities": ["gpu"]},
    S + "depends_on.*": {"condition": "service_started"},
    S + "provider": {"type": "one"},
    S + "blkio_config.weight_device.*": {"path": "/dev/null", "weight": 7},
    "models.*": {"model": "one"},
}
"""What stands beside an attribute, by its parent's path, so that the file means something."""


def samples() -> Iterator[Attribute]:
    for attribute in ATTRIBUTES:
        if not attribute.path.startswith((S + "build", S + "develop")):
            yield attribute


def value_of(attribute: Attribute) -> Any:
    if attribute.path in SAMPLES:
        return SAMPLES[attribute.path]
    if attribute.values:
        return attribute.values[0]
    first = attribute.kind.split("/")[0]
    return KINDS.get(first, {} if first == "mapping" else [])


NAMES = {"services": "a", "networks": "one", S + "networks": "one", S + "ulimits": "nofile", S + "depends_on": "other"}
LISTS = frozenset({"texts", "list", "unique list"})
WORLD = {
    "services": {"a": {"image": "x"}, "other": {"image": "x"}},
    "networks": {"one": {}, "other": {}},
    "volumes": {"data": {}},
    "configs": {"one": {"content": "1"}, "two": {"content": "2"}},
    "secrets": {"one": {"file": "env"}, "two": {"file": "env"}},
}


ONE_OF = dict.fromkeys(("secrets", "configs"), ("file", "content", "environment", "external"))
"""Of these a secret or config has one."""


def _is_list(path: str) -> bool:
    kinds = BY_PATH[path].kind.split("/")
    return any(kind.split(" of ")[0] in LISTS for kind in kinds) and not (
        "mapping" in kinds and path in (S + "networks", S + "depends_on", S + "models")
    )


def below(path: str, value: Any, above: str = "") -> Any:
    """The value at `path`, with all that is around it below `above`."""
    rest = path.removeprefix(above).lstrip(".")
    if not rest:
        return value
    key = rest.split(".")[0]
    here = f"{above}.{key}" if above else key
    inner = below(path, value, here)
    if key == "*":
        return [inner] if _is_list(above) else {NAMES.get(above, "one"): inner}
    return {**BESIDE.get(above, {}), key: inner}


def merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: merged(one.get(key), item) for key, item in other.items()}}
    return other


def shipped(folder: Path, content: Any) -> Ship:
    (folder / "env").write_text("MORE=1\n")
    (folder / "more.yaml").write_text("services: {}\n")
    stack = stack_of(folder, json.dumps(content, indent=1))
    files = {"config:one": b"1", "config:two": b"2", "secret:one": b"3333", "secret:two": b"4444"}
    return translate(stack, Settings(), facts_of(stack, files=files, version=NO_NEW_PRIVILEGES))


def outcome(folder: Path, content: Any) -> tuple[str, str]:
    """The level, and what was said."""
    try:
        ship = shipped(folder, content)
    except ShoreError as error:
        found = error.errors if isinstance(error, ShoreErrors) else (error,)
        assert all(one.place and one.place.line for one in found), [str(one) for one in found]
        return "refused", "; ".join(map(str, found))
    if ship.warnings:
        assert all(f"{folder}/compose.yaml:" in warning for warning in ship.warnings), ship.warnings
        return "left out", "; ".join(ship.warnings)
    return "comes over", repr(sorted(map(repr, (ship.services, ship.networks, ship.stored, ship.piece))))


def content_of(attribute: Attribute) -> Any:
    """A file that uses it."""
    path, value = attribute.path, value_of(attribute)
    world = json.loads(json.dumps(WORLD))
    stored = {part: world[part] for part in ("configs", "secrets") if part in path}
    content = merged(
        {**{part: world[part] for part in ("services", "networks", "volumes")}, **stored}, below(path, value)
    )
    for part, keys in ONE_OF.items():
        if path.startswith(f"{part}.*.") and path.split(".")[2] in keys:
            content[part] = {**content[part], "one": below(path, value)[part]["one"]}
    service = content["services"]["a"]
    if path.startswith("models"):
        service["models"] = ["one"]
        content["models"].setdefault("one", {"model": "one"})
    for part in ("networks", *stored):
        service.setdefault(part, ["one"])
    service.setdefault("volumes", ["one:/volume"] if "one" in content["volumes"] else [])
    return content


@pytest.mark.parametrize("attribute", [*samples()], ids=lambda one: one.path)
def test_the_cell_is_true(attribute: Attribute, tmp_path: Path) -> None:
    content = content_of(attribute)
    level, said = outcome(tmp_path, content)
    cell = cell_of(attribute.path)
    wanted = cell.level if cell.level in ("refused", "left out") else "comes over"
    assert level == wanted, said
