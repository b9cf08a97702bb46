"""All providers, by the names of the images that they stand in for. A module is loaded when its name is asked for.

Other distributions bring theirs by an entry point of the group `longshore.providers`, in the same words as the table
here: the image's name, and where its record is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from longshore.model.errors import ShoreError
from longshore.native.image.catalog.provider import Provider, Refusal

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "OWN", "every", "find"]

GROUP = "longshore.providers"
HERE = "longshore.native.image.providers"
OWN: Mapping[str, str] = {
    "alpine": "debian:ALPINE",
    "busybox": "debian:BUSYBOX",
    "debian": "debian:PROVIDER",
    "mariadb": "mariadb:PROVIDER",
    "memcached": "memcached:PROVIDER",
    "mher/flower": "flower:PROVIDER",
    "mongo": "mongo:PROVIDER",
    "mysql": "mariadb:MYSQL",
    "nginx": "nginx:PROVIDER",
    "node": "node:PROVIDER",
    "postgres": "postgres:PROVIDER",
    "python": "python:PROVIDER",
    "rabbitmq": "rabbitmq:PROVIDER",
    "redis": "redis:PROVIDER",
    "ubuntu": "debian:UBUNTU_PROVIDER",
    "valkey": "redis:VALKEY",
    "valkey/valkey": "redis:VALKEY",
}
"""An image's name: module of the folder `providers`, and the record in it."""


def find(name: str) -> Provider | Refusal | None:
    """What stands in for the images of this name. ShoreError when another distribution's cannot be loaded."""
    own = OWN.get(name)
    if own is not None:
        module, _, attribute = own.partition(":")
        found: Provider | Refusal = getattr(import_module(f"{HERE}.{module}"), attribute)
        return found
    entry = _foreign().get(name)
    return _load(entry) if entry is not None else None


def every() -> Iterator[Provider | Refusal]:
    """All that is known, each once, our own first; loads every module."""
    seen: list[Provider | Refusal] = []
    for name in (*OWN, *_foreign()):
        found = find(name)
        if found is not None and not any(found is known for known in seen):
            seen.append(found)
            yield found


def _foreign() -> Mapping[str, EntryPoint]:
    """Entry points of other distributions by name; asked for only where no name of our own fits: it reads the
    descriptions of all that is installed."""
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.value)}


def _load(entry: EntryPoint) -> Provider | Refusal:
    by = entry.dist.name if entry.dist else "a distribution"
    todo = f"mend or uninstall {by}"
    try:
        found = entry.load()
    except Exception as error:
        what = f"provider {entry.name} of {by} cannot be loaded: {type(error).__name__}: {error}"
        raise ShoreError(what, hint=todo) from error
    if not isinstance(found, Provider | Refusal):
        raise ShoreError(f"provider {entry.name} of {by}: {entry.value} is not a Provider", hint=todo)
    return found
