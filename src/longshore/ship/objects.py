"""A service's secrets, configs and mounts on a Swarm. Pure.

Everything that is stored in the Swarm has a name by its content: what a running service uses never changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from longshore.engine.fileobjects import FileInside, files_inside
from longshore.model import labels
from longshore.model.errors import ShoreError
from longshore.model.quantities import size_in_bytes
from longshore.model.record import record
from longshore.model.service import Mount, Service
from longshore.model.stack import Stack
from longshore.ship.facts import Facts, Stored
from longshore.ship.secrets import FOLDER, SCRIPT, SCRIPT_PLACE, Leaving, content_name, holds_secret

__all__ = ["MOST_BYTES", "Objects", "bad_mounts", "mounts", "objects"]

MOST_BYTES = 500 * 1024
"""What a secret or config of a Swarm can hold."""
READ_ONLY, EXECUTABLE = 0o444, 0o555


@record
class Objects:
    """References for ContainerSpec, and what must be in the Swarm for them."""

    secrets: tuple[dict[str, Any], ...]
    configs: tuple[dict[str, Any], ...]
    stored: tuple[Stored, ...]


class _Collector:
    def __init__(self, project: str) -> None:
        self.project = project
        self.found: dict[str, list[dict[str, Any]]] = {"secret": [], "config": []}
        self.stored: list[Stored] = []

    def add(self, kind: str, key: str, content: bytes, target: str, mode: int, uid: str = "", gid: str = "") -> None:
        name = content_name(self.project, key, content)
        self.stored.append(Stored("secret" if kind == "secret" else "config", name, content))
        self.refer(kind, name, target, mode, uid, gid)

    def refer(self, kind: str, name: str, target: str, mode: int, uid: str, gid: str) -> None:
        file = {"Name": target, "UID": uid or "0", "GID": gid or "0", "Mode": mode}
        self.found[kind].append({"File": file, f"{kind.capitalize()}Name": name})


def objects(stack: Stack, service: Service, leaves: Leaving, values: dict[str, str], facts: Facts) -> Objects:
    """All of one service. A config that holds a secret's value is a secret itself."""
    collected = _Collector(stack.name)
    for name, value in leaves.by_file.items():
        collected.add("secret", f"env.{name}", value.encode(), f"{FOLDER}-files/{name}", READ_ONLY)
    for name, value in leaves.by_script.items():
        collected.add("secret", f"env.{name}", value.encode(), f"{FOLDER}/{name}", READ_ONLY)
    if leaves.by_script:
        collected.add("config", "longshore-enter", SCRIPT, SCRIPT_PLACE, EXECUTABLE)
    for inside in files_inside(stack, service):
        _declared(collected, inside, values, facts)
    for mount in service.mounts:
        content = facts.files.get(f"bind:{mount.source}") if mount.type == "bind" and mount.read_only else None
        if content is not None:
            kind = "secret" if holds_secret(content, values) else "config"
            key = "bind." + "".join(c if c.isalnum() or c in "._-" else "-" for c in mount.target.strip("/"))
            collected.add(kind, key, content, mount.target, READ_ONLY)
    return Objects(tuple(collected.found["secret"]), tuple(collected.found["config"]), tuple(collected.stored))


def _declared(collected: _Collector, inside: FileInside, values: dict[str, str], facts: Facts) -> None:
    use, thing = inside.use, inside.object
    mode = use.mode if use.mode is not None else READ_ONLY
    if thing.external:
        collected.refer(inside.kind, thing.name, use.target, mode, use.uid, use.gid)
        return
    content = facts.files.get(inside.key) or b""
    kind = "secret" if inside.kind == "secret" or holds_secret(content, values) else "config"
    collected.add(kind, thing.key, content, use.target, mode, use.uid, use.gid)


def mounts(stack: Stack, service: Service) -> list[dict[str, Any]]:
    """Volumes and tmpfs; what is bound is a config or refused."""
    found = [_volume(stack, mount) for mount in service.mounts if mount.type == "volume"]
    found += [_tmpfs(m.target, m.tmpfs_size, m.tmpfs_mode) for m in service.mounts if m.type == "tmpfs"]
    for entry in service.tmpfs:
        target, _, options = entry.partition(":")
        given = dict(word.partition("=")[::2] for word in options.split(",") if "=" in word)
        size = size_in_bytes(given["size"]) if "size" in given else None
        found.append(_tmpfs(target, size, int(given["mode"], 8) if "mode" in given else None))
    if service.shm_size:
        found.append(_tmpfs("/dev/shm", service.shm_size, 0o1777))
    return found


def _volume(stack: Stack, mount: Mount) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": "volume", "Target": mount.target}
    volume = stack.volumes.get(mount.source)
    options: dict[str, Any] = {}
    if mount.source:
        found["Source"] = volume.name if volume else mount.source
    if mount.read_only:
        found["ReadOnly"] = True
    if mount.nocopy:
        options["NoCopy"] = True
    if volume and not volume.external:
        options["Labels"] = {labels.PROJECT: stack.name, **volume.labels, **mount.labels}
        if volume.driver or volume.driver_opts:
            options["DriverConfig"] = {"Name": volume.driver or "local", "Options": dict(volume.driver_opts)}
    if options:
        found["VolumeOptions"] = options
    return found


def _tmpfs(target: str, size: int | None, mode: int | None) -> dict[str, Any]:
    options = {"SizeBytes": size, "Mode": mode}
    kept = {key: value for key, value in options.items() if value is not None}
    return {"Type": "tmpfs", "Target": target, **({"TmpfsOptions": kept} if kept else {})}


def bad_mounts(service: Service, facts: Facts) -> Iterator[ShoreError]:
    """What cannot be mounted on a node that has none of our files."""
    for number, mount in enumerate(service.mounts):
        place = service.place(f"volumes.{number}", "volumes")
        where = f"services.{service.name}.volumes: {mount.source}"
        if mount.type == "bind":
            content = facts.files.get(f"bind:{mount.source}")
            if content is None:
                yield ShoreError(f"{where} is on this machine alone", hint=_HINT, place=place)
            elif mount.read_only and len(content) > MOST_BYTES:
                what = f"{where} has {len(content)} bytes; a config of a Swarm holds {MOST_BYTES}"
                yield ShoreError(what, hint="put it into the image", place=place)
        elif mount.type not in ("volume", "tmpfs"):
            yield ShoreError(f"{where}: a Swarm mounts no {mount.type} here", hint="use a volume", place=place)


_HINT = "put it into the image, or into a volume; a single file that is only read (:ro) is shipped as a config"
