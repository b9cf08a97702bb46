"""`x-longshore.ship` as a record, or what is wrong in it and where. docs/reference/ship.md describes the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from longshore.model.errors import Place, ShoreError, all_in_one
from longshore.model.nearest import nearest
from longshore.model.quantities import seconds
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.model.stack import Stack

__all__ = ["KEYS", "NONE", "Settings", "settings_of"]

NONE = "none"
"""The registry that is none: a Swarm of one node has the images already."""

KEYS: Mapping[str, str] = {
    "to": "managers of the Swarm, of which the first that answers is asked: [ssh://me@server-1, ssh://me@server-2]",
    "registry": "where images are published, such as ghcr.io/example/shop; none on a Swarm of one node",
    "hosts": "names, each with the service and port behind it: {shop.example.org: frontend:80}",
    "tls": "auto (certificates by ACME), internal, off, {cert: FILE, key: FILE}, or another authority by ACME:"
    " {acme: URL, ca: FILE}, where the file is its root, should it not be one that everybody trusts",
    "answer_within": "how long a task may take for its first byte before another one is asked (30s)",
    "secrets": "further variables that are secrets",
    "node": "the node of a volume, by the volume's name in the file",
    "keep": "how many releases can be gone back to (10)",
}


@record
class Settings:
    """`hosts`: the service and port behind each name. `tls` is auto, internal, off, cert (then `cert` and `key` are
    files) or acme (then that is the directory's URL, and `ca` the file of its root or ""). `answer_within` in
    seconds."""

    registry: str = ""
    secrets: tuple[str, ...] = ()
    node: Mapping[str, str] = EMPTY
    keep: int = 10
    hosts: Mapping[str, tuple[str, int]] = EMPTY
    tls: str = "auto"
    cert: str = ""
    key: str = ""
    acme: str = ""
    ca: str = ""
    answer_within: float = 30.0
    to: tuple[str, ...] = ()

    @property
    def tls_files(self) -> Mapping[str, str]:
        """The files that its certificates need, by their keys."""
        parts = {"cert": ("cert", "key"), "acme": ("ca",) if self.ca else ()}.get(self.tls, ())
        return {part: getattr(self, part) for part in parts}


_HOST = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_DIRECTORY = re.compile(r"https://[^\s{}\"'`/]+(?:/[^\s{}\"'`]*)?")
Locate = Callable[[tuple[str, ...]], Place | None]
"""Where the value at a path below x-longshore.ship stands."""
Wrong = Callable[[str, str, str], None]


def settings_of(stack: Stack, locate: Locate) -> Settings:
    """What the file says. Raises ShoreError with everything that is wrong."""
    found = stack.longshore.get("ship")
    if found is None:
        return Settings()
    problems: list[ShoreError] = []

    def wrong(key: str, what: str, hint: str) -> None:
        named = f"x-longshore.ship{'.' if key else ''}{key}"
        problems.append(ShoreError(f"{named}: {what}", hint=hint, place=locate(_path(key))))

    if not isinstance(found, Mapping):
        wrong("", "must be a mapping", "see docs/reference/ship.md")
        raise all_in_one(problems)
    _check_keys(found, wrong)
    settings = Settings(
        _registry(found.get("registry", ""), wrong),
        _names(found.get("secrets", ()), wrong),
        _nodes(found.get("node", {}), stack, wrong),
        _keep(found.get("keep", 10), wrong),
        _hosts(found.get("hosts", {}), stack, wrong),
        *_tls(found.get("tls", "auto"), wrong),
        _answer_within(found.get("answer_within", "30s"), wrong),
        _targets(found.get("to", ()), wrong),
    )
    if problems:
        raise all_in_one(problems)
    return settings


def _path(key: str) -> tuple[str, ...]:
    """Keys below these have no dots of ours in them: names of hosts do."""
    return tuple(key.split(".", 1)) if key else ()


def _check_keys(found: Mapping[str, Any], wrong: Wrong) -> None:
    for key in found:
        if key not in KEYS:
            close = nearest(str(key), KEYS)
            wrong(str(key), "is not known here", f"did you mean {close}?" if close else f"there are: {', '.join(KEYS)}")


def _registry(value: Any, wrong: Wrong) -> str:
    if not isinstance(value, str) or "://" in value or " " in value:
        wrong("registry", f"{value!r} is no registry", "for example ghcr.io/example/shop, or none")
        return ""
    return value.rstrip("/")


def _names(value: Any, wrong: Wrong) -> tuple[str, ...]:
    if isinstance(value, str) or not hasattr(value, "__iter__") or not all(isinstance(one, str) for one in value):
        wrong("secrets", "must be a list of names of variables", "for example [SMTP_LOGIN]")
        return ()
    return tuple(value)


def _targets(value: Any, wrong: Wrong) -> tuple[str, ...]:
    found = (value,) if isinstance(value, str) else value
    schemes = ("ssh", "unix", "tcp")
    if isinstance(found, (list, tuple)) and all(
        isinstance(one, str) and one and ("://" not in one or one.partition("://")[0] in schemes) for one in found
    ):
        return tuple(found)
    wrong("to", f"{value!r} names no managers", "for example ssh://me@server-1, or a Docker context; several as a list")
    return ()


def _nodes(value: Any, stack: Stack, wrong: Wrong) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        wrong("node", "must be a mapping from volumes to nodes", "for example {data: server-1}")
        return {}
    for name in value:
        if name not in stack.volumes:
            close = nearest(str(name), stack.volumes)
            there = ", ".join(stack.volumes) or "none"
            wrong(
                f"node.{name}",
                "is no volume of a service",
                f"did you mean {close}?" if close else f"there are: {there}",
            )
    return {str(name): str(node) for name, node in value.items()}


def _keep(value: Any, wrong: Wrong) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        wrong("keep", f"{value!r} is no number of releases", "for example 10; at least 1")
        return 10
    return value


def _hosts(value: Any, stack: Stack, wrong: Wrong) -> Mapping[str, tuple[str, int]]:
    if not isinstance(value, Mapping):
        wrong("hosts", "must be a mapping from names to services", "for example {shop.example.org: frontend:80}")
        return {}
    found: dict[str, tuple[str, int]] = {}
    for host, behind in value.items():
        service, _, port = str(behind).rpartition(":")
        if not _HOST.fullmatch(str(host)):
            wrong(f"hosts.{host}", "is no name of a host", "for example shop.example.org, without scheme, port or path")
        elif not port.isdigit() or not 0 < int(port) < 65536:
            wrong(f"hosts.{host}", f"{behind!r} is no service with its port", "for example frontend:80")
        elif service not in stack.services:
            close = nearest(service, stack.services)
            hint = f"did you mean {close}?" if close else f"there are: {', '.join(stack.services)}"
            wrong(f"hosts.{host}", f"{service} is no service of the file", hint)
        else:
            found[str(host).lower()] = (service, int(port))
    return found


def _tls(value: Any, wrong: Wrong) -> tuple[str, str, str, str, str]:
    """The way, and the four settings that belong to it."""
    if isinstance(value, Mapping) and value.keys() == {"cert", "key"}:
        return "cert", str(value["cert"]), str(value["key"]), "", ""
    if isinstance(value, Mapping) and "acme" in value and value.keys() <= {"acme", "ca"}:
        if not _DIRECTORY.fullmatch(str(value["acme"])):
            hint = "for example https://acme-staging-v02.api.letsencrypt.org/directory"
            wrong("tls.acme", f"{value['acme']!r} is no address of an ACME directory", hint)
        return "acme", "", "", str(value["acme"]), str(value.get("ca") or "")
    word = "off" if value is False else value  # YAML takes a plain off for a boolean
    if word not in ("auto", "internal", "off"):
        hint = "auto, internal, off, {cert: FILE, key: FILE}, or {acme: URL, ca: FILE}"
        wrong("tls", f"{value!r} is no way to have certificates", hint)
        return "auto", "", "", "", ""
    return word, "", "", "", ""


def _answer_within(value: Any, wrong: Wrong) -> float:
    try:
        found = seconds(str(value))
    except ValueError:
        found = 0.0
    if found <= 0:
        wrong("answer_within", f"{value!r} is no length of time", "for example 30s")
        return 30.0
    return found
