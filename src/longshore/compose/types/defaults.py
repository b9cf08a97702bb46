"""Attributes that Compose fills in when the file leaves them out."""

from __future__ import annotations

from typing import Any

from longshore.compose.values.problems import Problems
from longshore.compose.values.tree import Map, Path, Seq, place_of

__all__ = ["set_defaults"]


def set_defaults(tree: Map, problems: Problems) -> None:
    """Complete the services of a canonical model, in place."""
    services = tree.get("services")
    if not isinstance(services, Map):
        return
    for name, service in services.items():
        if isinstance(service, Map):
            _service(service)
            for path in (("gpus",), ("deploy", "resources", "reservations", "devices")):
                _devices(service, path, ("services", name), tree, problems)


def _service(service: Map) -> None:
    build = service.get("build")
    if isinstance(build, Map):
        build.setdefault("context", ".")
    for secret in _mappings(service.get("secrets")):
        secret.setdefault("target", f"/run/secrets/{secret.get('source')}")
    for port in _mappings(service.get("ports")):
        port.setdefault("protocol", "tcp")
        port.setdefault("mode", "ingress")


def _mappings(value: Any) -> list[Map]:
    return [item for item in value if isinstance(item, Map)] if isinstance(value, Seq) else []


def _devices(service: Map, path: tuple[str, ...], above: tuple[str, ...], tree: Map, problems: Problems) -> None:
    """A request for devices that says neither how many nor which asks for all."""
    devices: Any = service
    for part in path:
        devices = devices.get(part) if isinstance(devices, Map) else None
    for index, device in enumerate(devices if isinstance(devices, Seq) else ()):
        where: Path = (*above, *path, index)
        if not isinstance(device, Map):
            problems.add(f"{'.'.join(map(str, where))}: a device is a mapping", place_of(tree, where))
        elif "count" not in device and "device_ids" not in device:
            device["count"] = "all"
