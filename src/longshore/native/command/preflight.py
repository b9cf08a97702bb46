"""What can be known before anything starts: ports, bind sources, volumes of another server, missing externals. All that
is wrong is said at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from longshore.engine import fileobjects
from longshore.model.errors import ShoreError, all_in_one
from longshore.model.service import Port, Service
from longshore.model.stack import Stack
from longshore.native.command import several
from longshore.native.command.portholder import find_holder
from longshore.native.command.refusals import refusals
from longshore.native.image.model import Image, Server
from longshore.native.kernel.privileges import is_root
from longshore.native.shared.ports import bind_port, choices, lowest_unprivileged
from longshore.native.shared.spec import PortSpec
from longshore.native.shared.volumes import VolumeMeta, Volumes
from longshore.state.observed import Observed

__all__ = ["preflight"]

FindImage = Callable[[Stack, Service], Image | None]
_AUTO = "let shore choose: shore up --ports auto"


def preflight(
    stack: Stack,
    services: Sequence[str],
    observed: Observed,
    volumes: Volumes,
    find_image: FindImage,
    *,
    ports_auto: bool = False,
) -> None:
    """Raise ShoreErrors with all that would fail. `services` are those about to start."""
    wanted = [stack.services[name] for name in services if name in stack.services]
    found = [*_missing_volumes(stack, wanted, volumes)]
    ids: dict[str, str] = {}
    for service in wanted:
        found += [*_binds(service), *_bound_volumes(stack, service), *fileobjects.problems(stack, service)]
        image = find_image(stack, service)
        found += refusals(service, image.config) if image else refusals(service)
        found += _servers(stack, service, volumes, image)
        found += [*several.problems(service), *_ids(stack, service, volumes, image, ids)]
    if not ports_auto:
        found += _ports(wanted, observed)
    if found:
        raise all_in_one(found)


def _missing_volumes(stack: Stack, services: Sequence[Service], volumes: Volumes) -> Iterator[ShoreError]:
    used = {mount.source for service in services for mount in service.mounts if mount.type == "volume"}
    for key, volume in stack.volumes.items():
        if key in used and volume.external and volumes.meta(volume.name) is None:
            yield ShoreError(
                f"volume {volume.name} is external and does not exist on the native engine",
                hint=f"make it (shore --engine native volume create {volume.name}), or leave out external",
                place=volume.place,
            )


def _binds(service: Service) -> Iterator[ShoreError]:
    for number, mount in enumerate(service.mounts):
        if mount.type == "bind" and not mount.create_host_path and not os.path.lexists(mount.source):
            yield ShoreError(
                f"{service.name}: {mount.source} does not exist",
                hint="make it, or set bind.create_host_path: true",
                place=service.place(f"volumes.{number}", "volumes"),
            )


def _bound_volumes(stack: Stack, service: Service) -> Iterator[ShoreError]:
    """Volumes that stand for a folder of the host (`o: bind`): as with Docker it must be there."""
    for mount in service.mounts:
        volume = stack.volumes.get(mount.source) if mount.type == "volume" else None
        if volume and volume.bound_to and not os.path.lexists(volume.bound_to):
            yield ShoreError(
                f"volumes.{volume.key}: {volume.bound_to} does not exist",
                hint=f"make it: mkdir -p {volume.bound_to}",
                place=volume.place,
            )


def _servers(stack: Stack, service: Service, volumes: Volumes, image: Image | None) -> Iterator[ShoreError]:
    server = image.server if image else None
    if server is None or image is None:
        return
    given = {key: value for key, value in service.environment.items() if value is not None}
    environment = {**image.config.env, **given}
    for mount in service.mounts:
        volume = stack.volumes.get(mount.source) if mount.type == "volume" else None
        if volume and server.on(mount.target, environment):
            error = _another_major(service, volume.name, server, volumes)
            if error:
                yield error


def _ids(
    stack: Stack, service: Service, volumes: Volumes, image: Image | None, seen: dict[str, str]
) -> Iterator[ShoreError]:
    """A volume whose files have the other kind of ids, or will: `seen` is what those before it will write."""
    own = image is not None and image.source == "provider"
    ids = "many" if several.wants_several(service) and not own else "one"
    for mount in service.mounts:
        volume = stack.volumes.get(mount.source) if mount.type == "volume" else None
        if volume is None or volume.bound_to:
            continue
        held = volumes.held_ids(volume.name) or seen.setdefault(volume.name, ids)
        if wrong := several.volume_problem(service, volume.name, held, ids):
            yield wrong


def _another_major(service: Service, volume: str, server: Server, volumes: Volumes) -> ShoreError | None:
    meta = volumes.meta(volume)
    if meta is None or not meta.server:
        return None
    if (meta.server, meta.major) == (server.kind, server.major):
        return _another_build(service, meta, server)
    held = f"{meta.server} {meta.major}"
    return ShoreError(
        f"{service.name}: volume {volume} holds data of {held}, not of {server.kind} {server.major}",
        hint=f"ask for {meta.server}:{meta.major} again and dump the data, or start afresh with: shore down -v",
        place=service.place("image"),
    )


_SORTS = ("postgres", "mariadb", "mysql")
"""Servers whose indexes on disk stand in an order of text."""


def _another_build(service: Service, meta: VolumeMeta, server: Server) -> ShoreError | None:
    """The same server and version, but built by somebody else: its C library may sort text in another order, and the
    indexes in the volume would be wrong without a word."""
    before = f"volume {meta.name} holds data of {meta.server} {meta.major}"
    if meta.libc and server.libc and meta.libc != server.libc and server.kind in _SORTS:
        return ShoreError(
            f"{service.name}: {before} on {meta.libc}, and {service.image or 'its image'} stands on {server.libc}: "
            "they sort text differently, which corrupts indexes",
            hint=f"ask for an image on {meta.libc} again and dump the data, or start afresh with: shore down -v",
            place=service.place("image"),
        )
    if meta.source and server.source and meta.source != server.source:
        words = {"builtin": "made here", "registry": "from a registry"}
        return ShoreError(
            f"{service.name}: {before}, written by an image {words.get(meta.source, meta.source)}, and this one is "
            f"{words.get(server.source, server.source)}",
            hint=f"go on with --images {meta.source} and dump the data, or start afresh with: shore down -v",
            place=service.place("image"),
        )
    return None


def _ports(services: Sequence[Service], observed: Observed) -> Iterator[ShoreError]:
    ours = {(port.published, port.protocol) for c in observed.containers for port in c.ports}
    lowest = 0 if is_root() else lowest_unprivileged()
    seen: dict[tuple[str, int, str], Service] = {}
    for service in services:
        if service.network_mode in ("host", "none"):
            continue
        for port in service.ports:
            error = _port(service, port, ours, lowest, seen)
            if error:
                yield error


def _port(
    service: Service,
    port: Port,
    ours: set[tuple[int, str]],
    lowest: int,
    seen: dict[tuple[str, int, str], Service],
) -> ShoreError | None:
    wanted = tuple(choices(port.published))
    if wanted == (0,):
        return None
    if len(wanted) == 1:
        key = (port.host_ip, wanted[0], port.protocol)
        other = seen.setdefault(key, service)
        if other is not service:
            return ShoreError(
                f"{service.name}: port {wanted[0]} is published by {other.name} too",
                hint="publish another port",
                place=port.place,
            )
    if any((number, port.protocol) in ours for number in wanted):
        return None
    failures = [error for number in wanted if (error := _taken(service, port, number, lowest))]
    return failures[0] if len(failures) == len(wanted) else None


def _taken(service: Service, port: Port, number: int, lowest: int) -> ShoreError | None:
    if number < lowest:
        return ShoreError(
            f"{service.name}: port {number} is for root only (ports below {lowest})",
            hint=f"sudo sysctl net.ipv4.ip_unprivileged_port_start={number}, publish another port, or {_AUTO}",
            place=port.place,
        )
    spec = PortSpec(port.target, str(number), port.host_ip, port.protocol)
    try:
        made, _ = bind_port(spec, auto=False)
    except ShoreError as error:
        return _explained(service, port, number, error)
    made.close()
    return None


def _explained(service: Service, port: Port, number: int, error: ShoreError) -> ShoreError:
    holder = find_holder(number, port.protocol)
    if holder is None:
        return ShoreError(f"{service.name}: {error.what}", hint=error.hint, place=port.place)
    stop = f"stop it ({f'shore -p {holder.project} down' if holder.project else f'kill {holder.pid}'})"
    return ShoreError(
        f"{service.name}: port {number} is taken by {_relative(str(holder), holder.directory)}",
        hint=f"{stop if holder.pid else 'stop it'}, publish another port, or {_AUTO}",
        place=port.place,
    )


def _relative(text: str, directory: str) -> str:
    """Directories near the present one are said the short way."""
    with suppress(OSError, ValueError):
        short = os.path.relpath(directory, Path.cwd())
        if directory and short.count("..") <= 2 and len(short) < len(directory):
            return text.replace(f"in {directory}", f"in {short}")
    return text
