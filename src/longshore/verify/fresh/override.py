"""The Compose file that makes a copy independent of its original: laid over the copied files. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from longshore.model.service import Port, Service
from longshore.model.stack import Network, Stack, Volume
from longshore.verify.fresh.layout import Layout

__all__ = ["images_of", "override_text", "ports_of"]

Ports = Mapping[tuple[str, int], int]
"""By service and place in its `ports:`, the host port that it has in the copy."""


def ports_of(stack: Stack) -> tuple[tuple[str, int, Port], ...]:
    """Every port that is published on a host port of its own choice."""
    services = (*stack.services.values(), *stack.disabled.values())
    return tuple((s.name, n, port) for s in services for n, port in enumerate(s.ports) if port.published)


def images_of(stack: Stack, project: str) -> Mapping[str, str]:
    """The names of images that the project builds, and those that they have in the copy: a build there must not take
    the name from the original's."""
    found: dict[str, str] = {}
    for service in (*stack.services.values(), *stack.disabled.values()):
        if service.build and service.image:
            found.setdefault(service.image, f"{project}-{service.name}")
    return found


def override_text(stack: Stack, project: str, ports: Ports, layout: Layout) -> str:
    """The text of the file for the copy `project` of `stack`, which is read from the copied files."""
    images = images_of(stack, project)
    lines = ["services:"]
    for service in (*stack.services.values(), *stack.disabled.values()):
        changes = list(_service(service, images, ports, stack, layout))
        if changes:
            lines.append(f"  {json.dumps(service.name)}:")
            lines += [f"    {line}" for line in changes]
    if len(lines) == 1:
        lines = ["services: {}"]
    for title, entries in (("volumes", _volumes(stack, project, layout)), ("networks", _networks(stack, project))):
        found = [f"  {json.dumps(key)}: !override {json.dumps(value)}" for key, value in entries]
        lines += [f"{title}:", *found] if found else []
    return "\n".join(lines) + "\n"


def _service(
    service: Service, images: Mapping[str, str], ports: Ports, stack: Stack, layout: Layout
) -> Iterator[str]:  # fmt: skip
    if service.container_name:
        yield "container_name: !reset null"
    if service.image in images:
        yield f"image: {json.dumps(images[service.image])}"
    if service.ports:
        found = [_port(port, ports.get((service.name, number))) for number, port in enumerate(service.ports)]
        yield f"ports: !override {json.dumps(found)}"
    moved = [mount for mount in service.raw.get("volumes") or () if _moves(mount, layout)]
    if moved:
        yield f"volumes: {json.dumps([{**mount, 'source': layout.place(mount['source'])} for mount in moved])}"
    uses = {
        key: {"aliases": [*use.aliases, *([service.container_name] if service.container_name else [])]}
        for key, use in service.networks.items()
    }
    pinned = any(use.ipv4_address or use.ipv6_address for use in service.networks.values())
    if uses and not pinned and service.container_name and not service.network_mode:
        yield f"networks: {json.dumps(uses)}"


def _port(port: Port, published: int | None) -> Mapping[str, Any]:
    entry: dict[str, Any] = {"target": port.target, "protocol": port.protocol, "mode": port.mode}
    if published is not None:
        entry["published"] = str(published)
    named = (("host_ip", port.host_ip), ("name", port.name), ("app_protocol", port.app_protocol))
    return entry | {key: value for key, value in named if value}


def _moves(mount: Any, layout: Layout) -> bool:
    """Whether the mount's source, absolute in the files, is of the original and has its copy."""
    source = mount.get("source", "") if isinstance(mount, Mapping) and mount.get("type") == "bind" else ""
    return bool(source) and not layout.holds(source) and layout.place(source) != source


def _volumes(stack: Stack, project: str, layout: Layout) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, volume in stack.volumes.items():
        entry: dict[str, Any] = {"name": f"{project}_{key}"}
        if volume.driver and not volume.external:
            entry["driver"] = volume.driver
        options = _options(volume, layout)
        if options and not volume.external:
            entry["driver_opts"] = options
        yield key, entry


def _options(volume: Volume, layout: Layout) -> Mapping[str, str]:
    if not volume.bound_to or layout.holds(volume.bound_to):
        return dict(volume.driver_opts)
    return {**volume.driver_opts, "device": layout.place(volume.bound_to)}


def _networks(stack: Stack, project: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All of its own name. A subnet is kept only where an address in it is asked for: beside the original it is
    taken."""
    used = [(key, use) for service in stack.services.values() for key, use in service.networks.items()]
    pinned = {key for key, use in used if use.ipv4_address or use.ipv6_address}
    for key, network in stack.networks.items():
        entry: dict[str, Any] = {"name": f"{project}_{key}"}
        if network.external:
            yield key, entry
            continue
        yield key, {**entry, **_kept(network, addresses=key in pinned)}


def _kept(network: Network, *, addresses: bool) -> Mapping[str, Any]:
    left_out = {"name", "external", *(() if addresses else ("ipam",))}
    return {key: value for key, value in network.raw.items() if key not in left_out}
