"""What an attribute needs of the engine: a table, and the errors that name both versions.

Sources: the Engine API's version history (docs.docker.com/reference/api/engine/version-history)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import Service
from longshore.model.stack import Stack

__all__ = ["NEEDS", "OLDEST", "START_INTERVAL", "ApiVersion", "Need", "TooOld", "negotiate", "too_old", "words"]


class ApiVersion(NamedTuple):
    """An Engine API version; compares as numbers do (1.9 < 1.41)."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, text: str) -> ApiVersion:
        major, _, minor = text.partition(".")
        return cls(int(major), int(minor or 0))


OLDEST, NEWEST = ApiVersion(1, 41), ApiVersion(1, 51)

DOCKER: Mapping[ApiVersion, str] = {
    ApiVersion(1, 41): "20.10", ApiVersion(1, 42): "23.0", ApiVersion(1, 43): "24.0", ApiVersion(1, 44): "25.0",
    ApiVersion(1, 45): "26.0", ApiVersion(1, 46): "27.0", ApiVersion(1, 47): "27.2", ApiVersion(1, 48): "28.0",
    ApiVersion(1, 49): "28.1", ApiVersion(1, 50): "28.2", ApiVersion(1, 51): "28.3",
}  # fmt: skip
"""The Docker release that brought an API version."""


def negotiate(server: str, headers: Mapping[str, str]) -> ApiVersion:
    """The newest version that both know. `server` is what the engine's _ping says."""
    try:
        theirs = ApiVersion.parse(server)
    except ValueError:
        raise ShoreError(
            "what answers there is not a Docker engine",
            hint=f"it names no API version (server: {headers.get('server', 'unknown')}); check DOCKER_HOST",
        ) from None
    if theirs < OLDEST:
        raise ShoreError(
            f"the Docker engine is too old: it speaks API {theirs}, Longshore needs {OLDEST} (Docker {DOCKER[OLDEST]})",
            hint="upgrade Docker, or run natively: --engine native",
        )
    return min(theirs, NEWEST)


@record
class Need:
    """An attribute, the least API version that knows it, whether a service uses it, and what an older engine gets
    instead ("" when there is nothing to put in its place, and the attribute is refused)."""

    key: str
    version: ApiVersion
    used: Callable[[Service], bool]
    instead: str = ""


_RECURSIVE = ("writable", "readonly")

START_INTERVAL = ApiVersion(1, 44)
"""Knows healthcheck.start_interval. Older engines get the check without it: Longshore probes eagerly anyway."""

NEEDS: tuple[Need, ...] = (
    Need("volumes.volume.subpath", ApiVersion(1, 45), lambda s: _mounts(s, "volume", "subpath")),
    Need("volumes.type: image", ApiVersion(1, 48), lambda s: any(m.type == "image" for m in s.mounts)),
    Need("volumes.bind.recursive", ApiVersion(1, 44), lambda s: any(m.recursive in _RECURSIVE for m in s.mounts)),
    Need("annotations", ApiVersion(1, 43), lambda s: bool(s.annotations), "left out"),
    Need("networks.gw_priority", ApiVersion(1, 48), lambda s: any(n.gw_priority for n in s.networks.values())),
    Need("networks.interface_name", ApiVersion(1, 49), lambda s: any(n.interface_name for n in s.networks.values())),
    Need("networks.mac_address (on several networks)", ApiVersion(1, 44), lambda s: _mac_addresses(s) > 1),
)  # fmt: skip


class TooOld(NamedTuple):
    service: Service
    need: Need


def too_old(stack: Stack, services: Iterable[str], version: ApiVersion) -> Iterator[TooOld]:
    """Every attribute of `services` that the engine at `version` does not know."""
    for name in services:
        service = stack.services[name]
        yield from (TooOld(service, need) for need in NEEDS if version < need.version and need.used(service))


def words(need: Need, version: ApiVersion) -> str:
    """Both versions in one line."""
    ours = f"{version} (Docker {DOCKER.get(version, 'unknown')})"
    return f"{need.key} needs API {need.version} (Docker {DOCKER[need.version]}); this engine speaks {ours}"


def _mounts(service: Service, kind: str, attribute: str) -> bool:
    return any(mount.type == kind and getattr(mount, attribute) for mount in service.mounts)


def _mac_addresses(service: Service) -> int:
    return sum(1 for use in service.networks.values() if use.mac_address)
