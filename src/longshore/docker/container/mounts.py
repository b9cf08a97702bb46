"""A service's volumes, secrets and configs as the Engine API wants them. Pure.

As Docker Compose does, plain mounts go the old way ("source:target:options"), which makes a missing host folder and
fills a new volume; only what that way cannot say goes as a mount object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from longshore.engine.fileobjects import files_inside
from longshore.model.record import record, replace
from longshore.model.service import Mount, Service
from longshore.model.stack import Stack

__all__ = ["Inherited", "Mounts", "mounts"]


@record
class Inherited:
    """A volume of the replaced container that comes over: its anonymous ones."""

    name: str
    target: str
    read_only: bool = False


@record
class Mounts:
    binds: tuple[str, ...] = ()
    mounts: tuple[Mapping[str, Any], ...] = ()


def mounts(
    stack: Stack, service: Service, inherited: Iterable[Inherited] = (), tmpfs_mode: int | None = None
) -> Mounts:  # fmt: skip
    """Everything to be mounted, one thing per target; the file's own mounts win over secrets and configs. `tmpfs_mode`
    is that of a tmpfs for which none is asked."""
    binds: dict[str, str] = {}
    objects: dict[str, Mapping[str, Any]] = {}
    kept = {volume.target: volume for volume in inherited}
    for mount in service.mounts:
        if mount.type == "volume" and not mount.source and mount.target in kept:
            continue
        if _old_way(mount):
            binds[mount.target] = _bind(stack, mount)
        else:
            unasked = mount.type == "tmpfs" and mount.tmpfs_mode is None
            objects[mount.target] = _object(stack, replace(mount, tmpfs_mode=tmpfs_mode) if unasked else mount)
    for volume in kept.values():
        if volume.target not in binds and volume.target not in objects:
            objects[volume.target] = _mount("volume", volume.name, volume.target, volume.read_only)
    for found in files_inside(stack, service):
        target = found.use.target
        if found.is_mounted and target not in binds and target not in objects:
            objects[target] = _mount("bind", found.object.file, target, True)
    return Mounts(tuple(binds.values()), tuple(objects.values()))


def _old_way(mount: Mount) -> bool:
    if mount.type == "bind":
        return mount.create_host_path and not mount.propagation and not mount.recursive
    return mount.type == "volume" and bool(mount.source) and not (mount.labels or mount.subpath or mount.nocopy)


def _source(stack: Stack, mount: Mount) -> str:
    volume = stack.volumes.get(mount.source) if mount.type == "volume" else None
    return volume.name if volume else mount.source


def _bind(stack: Stack, mount: Mount) -> str:
    options = [word for word in ("ro" if mount.read_only else "rw", mount.selinux) if word]
    return f"{_source(stack, mount)}:{mount.target}:{','.join(options)}"


def _object(stack: Stack, mount: Mount) -> Mapping[str, Any]:
    found = _mount(mount.type, _source(stack, mount), mount.target, mount.read_only)
    if mount.consistency:
        found["Consistency"] = mount.consistency
    found.update(_OPTIONS.get(mount.type, _no_options)(mount))
    return found


def _mount(kind: str, source: str, target: str, read_only: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": kind, "Target": target}
    if source:
        found["Source"] = source
    if read_only:
        found["ReadOnly"] = True
    return found


def _bind_options(mount: Mount) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if mount.propagation:
        options["Propagation"] = mount.propagation
    if mount.create_host_path:
        options["CreateMountpoint"] = True
    if mount.recursive in _RECURSIVE:
        options[_RECURSIVE[mount.recursive]] = True
    return {"BindOptions": options} if options else {}


_RECURSIVE = {"disabled": "NonRecursive", "writable": "ReadOnlyNonRecursive", "readonly": "ReadOnlyForceRecursive"}


def _volume_options(mount: Mount) -> dict[str, Any]:
    options = {"NoCopy": mount.nocopy, "Subpath": mount.subpath, "Labels": dict(mount.labels)}
    options = {key: value for key, value in options.items() if value}
    return {"VolumeOptions": options} if options else {}


def _tmpfs_options(mount: Mount) -> dict[str, Any]:
    options = {"SizeBytes": mount.tmpfs_size, "Mode": mount.tmpfs_mode}
    options = {key: value for key, value in options.items() if value is not None}
    return {"TmpfsOptions": options} if options else {}


def _image_options(mount: Mount) -> dict[str, Any]:
    return {"ImageOptions": {"Subpath": mount.subpath}} if mount.subpath else {}


def _no_options(mount: Mount) -> dict[str, Any]:
    del mount
    return {}


_OPTIONS = {"bind": _bind_options, "volume": _volume_options, "tmpfs": _tmpfs_options, "image": _image_options}
