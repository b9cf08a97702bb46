"""Where a project has its images from already, and which images a stack names: what the choice of a source (image/
source.py) goes by."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.native.image.source import Where
from longshore.native.shared.records import ProjectRecord
from longshore.native.shared.volumes import Volumes

__all__ = ["asked_of_registries", "held", "references"]


def held(stack: Stack, project: ProjectRecord | None, volumes: Volumes) -> dict[str, Where]:
    """By reference: what containers of the project were made from, and over that, who wrote the data on its volumes."""
    found: dict[str, Where] = {}
    for record in project.containers.values() if project else ():
        if record.spec.image_source in ("registry", "provider"):
            found[record.spec.image] = "registry" if record.spec.image_source == "registry" else "builtin"
    for service in stack.services.values():
        source = _on_volumes(stack, service, volumes)
        if source is not None:
            found |= dict.fromkeys(references(service), source)
    return found


def _on_volumes(stack: Stack, service: Service, volumes: Volumes) -> Where | None:
    for mount in service.mounts:
        volume = stack.volumes.get(mount.source) if mount.type == "volume" else None
        meta = volumes.meta(volume.name) if volume else None
        if meta is not None and meta.server and meta.source:
            return "registry" if meta.source == "registry" else "builtin"
    return None


def references(service: Service) -> tuple[str, ...]:
    """The images that a service is made from: its own, or those that its build begins with or copies from."""
    if service.build is None:
        return (service.image,) if service.image else ()
    from longshore.native.image.build.survey import base_images

    return base_images(service.build)


def asked_of_registries(stack: Stack) -> tuple[str, ...]:
    """All images that no service of the stack builds."""
    built = {image_name(stack.name, service) for service in stack.services.values() if service.build}
    return tuple(dict.fromkeys(name for name in _all(stack) if name not in built))


def _all(stack: Stack) -> Iterator[str]:
    for service in stack.services.values():
        yield from references(service)
