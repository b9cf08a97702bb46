"""What of a stack is data, and how it is kept: databases by their servers' own tools, all else as files. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.nearest import nearest
from longshore.model.record import record
from longshore.model.servers import server_of
from longshore.model.service import Mount, Service
from longshore.model.stack import Stack

__all__ = ["Part", "Survey", "choose", "survey_parts"]

SERVERS = {"PostgreSQL": "postgres", "Redis": "redis", "Valkey": "redis", "MariaDB": "mariadb", "MongoDB": "mongo"}
"""Servers whose data is kept by their own tools, and how."""
UNKNOWN = {"MySQL", "Cassandra", "ClickHouse", "CockroachDB", "CouchDB", "Elasticsearch",
           "InfluxDB", "Neo4j", "OpenSearch", "SQL Server", "KeyDB", "RabbitMQ", "Kafka", "etcd",
           "ZooKeeper"}  # fmt: skip
"""Servers whose files may not be copied while they run, and whose tools are not known here."""
CODE = {".py", ".js", ".ts", ".tsx", ".jsx", ".vue", ".go", ".rs", ".rb", ".php"}


@record
class Part:
    """One thing that is kept and restored by itself. `kind` is "files" or one of SERVERS; `service` the one by
    whose container it is read; `path` where the files are in that container; `users` the services that have it."""

    name: str
    kind: str
    service: str
    path: str = ""
    users: tuple[str, ...] = ()


@record
class Survey:
    """The parts, and why what looks like data is none: sentences for people."""

    parts: tuple[Part, ...]
    left_out: tuple[str, ...]


def survey_parts(stack: Stack) -> Survey:
    """Every part in the file's order, servers first."""
    parts: list[Part] = []
    left_out: list[str] = []
    covered: set[str] = set()
    for service in stack.services.values():
        server = server_of(service)
        if server in SERVERS:
            parts.append(Part(service.name, SERVERS[server], service.name, users=(service.name,)))
            covered.update(_key(mount) for mount in service.mounts)
        elif server in UNKNOWN:
            covered.update(_key(mount) for mount in service.mounts)
            left_out.append(f"{service.name}: {server} is not kept yet; use its own tools")
    for key, users in _shared(stack).items():
        if key in covered:
            continue
        service, mount = users[0]
        if mount.type == "bind" and _is_source(stack, mount.source):
            left_out.append(f"{_name(stack, mount)}: source code, not data")
            continue
        names = tuple(dict.fromkeys(user.name for user, _ in users))
        parts.append(Part(_name(stack, mount), "files", service.name, mount.target, names))
    return Survey(tuple(parts), tuple(left_out))


def _shared(stack: Stack) -> Mapping[str, list[tuple[Service, Mount]]]:
    """The services that have each named volume and each folder of this machine that some service may write to; first
    one that may."""
    found: dict[str, list[tuple[Service, Mount]]] = {}
    for service in stack.services.values():
        for mount in service.mounts:
            if mount.type == "bind" or (mount.type == "volume" and mount.source):
                found.setdefault(_key(mount), []).append((service, mount))
    writable = {key: users for key, users in found.items() if any(not mount.read_only for _, mount in users)}
    for users in writable.values():
        users.sort(key=lambda user: user[1].read_only)
    return {
        key: users
        for key, users in writable.items()
        if users[0][1].type == "volume" or Path(users[0][1].source).is_dir()
    }


def _key(mount: Mount) -> str:
    return f"{mount.type}:{mount.source}"


def _name(stack: Stack, mount: Mount) -> str:
    """A volume by its key in the file, a folder as seen from the project's."""
    if mount.type == "volume":
        return mount.source
    return os.path.relpath(mount.source, stack.working_dir)


def _is_source(stack: Stack, folder: str) -> bool:
    """Whether an image is built from the folder or from one in it, or programs lie there."""
    contexts = [service.build.context for service in stack.services.values() if service.build]
    here = Path(folder)
    return any(here == Path(c) or here in Path(c).parents for c in contexts if "://" not in c) or _has_code(here)


def _has_code(folder: Path) -> bool:
    found = (path for pattern in ("*", "*/*") for path in folder.glob(pattern))
    return any(path.suffix in CODE for path in found)


def choose(survey: Survey, names: Iterable[str]) -> tuple[Part, ...]:
    """Those of these services, volumes and folders; all without names. Raises ShoreError for one that is none."""
    wanted = tuple(names)
    found = list(_chosen(survey, wanted)) if wanted else list(survey.parts)
    if not found:
        hint = survey.left_out[0] if survey.left_out else "a database, a named volume, or a folder that is written to"
        raise ShoreError("this stack has no data to keep", hint=hint)
    return tuple(dict.fromkeys(found))


def _chosen(survey: Survey, names: tuple[str, ...]) -> Iterator[Part]:
    for name in names:
        fits = [part for part in survey.parts if name in (part.name, part.service) or name in part.users]
        if not fits:
            why = next((text for text in survey.left_out if text.startswith(f"{name}:")), "")
            near = nearest(name, [part.name for part in survey.parts])
            known = ", ".join(part.name for part in survey.parts) or "nothing"
            hint = f"did you mean {near}?" if near else f"there is: {known}"
            raise ShoreError(why or f"{name} has no data that is kept", hint=hint)
        yield from fits
