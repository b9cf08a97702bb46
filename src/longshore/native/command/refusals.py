"""What Docker refuses when a container is made, and so the native engine too: what ran here would fail there. Pure."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from longshore.model.errors import ShoreError
from longshore.model.service import Service
from longshore.model.signals import real_time, signal_name
from longshore.native.image.model import ImageConfig

__all__ = ["refusals"]

_NO_CONFIG = ImageConfig()


def refusals(service: Service, config: ImageConfig = _NO_CONFIG) -> Iterator[ShoreError]:
    """One error for each value that the file or the image (`config`) gives and that no engine takes."""
    yield from _working_dir(service, service.working_dir or config.working_dir)
    for place, target in _targets(service):
        yield from _target(service, place, target)
    yield from _stop_signal(service, service.stop_signal or config.stop_signal)
    yield from _beside_network(service)


def _working_dir(service: Service, path: str) -> Iterator[ShoreError]:
    if path and not path.startswith("/"):
        yield ShoreError(
            f"{service.name}: the working directory '{path}' is invalid, it needs to be an absolute path",
            hint=f"write /{path}",
            place=service.place("working_dir", "build"),
        )


def _targets(service: Service) -> Iterator[tuple[str, str]]:
    """(Where the file says it, path in the container) of every mount."""
    for number, mount in enumerate(service.mounts):
        yield f"volumes.{number}", mount.target
    for number, line in enumerate(service.tmpfs):
        yield f"tmpfs.{number}", line.partition(":")[0]


def _target(service: Service, place: str, target: str) -> Iterator[ShoreError]:
    where = service.place(place, place.partition(".")[0])
    if not target.startswith("/"):
        what = f"{service.name}: invalid mount path: '{target}' mount path must be absolute"
        yield ShoreError(what, hint=f"write /{target}", place=where)
    elif not target.strip("/."):
        what = f"{service.name}: invalid mount path: destination can't be '{target}'"
        yield ShoreError(what, hint="mount it on a directory below /", place=where)


def _beside_network(service: Service) -> Iterator[ShoreError]:
    """What another's network brings along, and the service cannot have of its own."""
    if service.network_mode.partition(":")[0] not in ("service", "container"):
        return
    given = {
        "hostname": service.hostname, "extra_hosts": service.extra_hosts, "dns": service.dns,
        "mac_address": service.mac_address, "links": service.links, "expose": service.expose,
    }  # fmt: skip
    for key in (key for key, value in given.items() if value):
        yield ShoreError(
            f"{service.name}: conflicting options: {key} and the network mode {service.network_mode}",
            hint=f"give {key} to the service whose network it is",
            place=service.place(key, "network_mode"),
        )


def _stop_signal(service: Service, name: str) -> Iterator[ShoreError]:
    if name and not _is_signal(name):
        yield ShoreError(
            f"{service.name}: Invalid signal: {name}",
            hint="use a name such as SIGTERM, or its number",
            place=service.place("stop_signal", "build"),
        )


def _is_signal(name: str) -> bool:
    if name.isdigit():
        return int(name) > 0
    full = signal_name(name)
    return real_time(full) is not None or full in signal.Signals.__members__
