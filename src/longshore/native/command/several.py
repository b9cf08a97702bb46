"""Services that want several users (`x-longshore: {ids: many}`): whether an ordinary user can give them that here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache

from longshore.model.errors import ShoreError
from longshore.model.service import Service
from longshore.native.kernel.privileges import is_root
from longshore.native.kernel.subids import what_is_missing

__all__ = ["problems", "several_in", "volume_problem", "wants_several"]

_IDS = ("one", "many")


def wants_several(service: Service) -> bool:
    """Whether its image and its volumes are to have many ids: root's have them anyhow."""
    return service.ids == "many" and not _root()


@cache
def _root() -> bool:
    return is_root()


def problems(service: Service) -> Iterator[ShoreError]:
    """What keeps it from what it asks for."""
    place = service.place("x-longshore.ids", "x-longshore")
    if service.ids not in _IDS:
        yield ShoreError(
            f"{service.name}: x-longshore.ids is {service.ids!r}", hint=f"one of {', '.join(_IDS)}", place=place
        )
    elif wants_several(service) and (missing := what_is_missing(os.geteuid())):
        what, todo = missing
        yield ShoreError(f"{service.name} wants many ids: {what}", hint=f"{todo}; or run shore as root", place=place)


def volume_problem(service: Service, volume: str, held: str, ids: str) -> ShoreError | None:
    """Files of one kind are nobody's, or somebody else's, under the other. `ids`: what the service will have, `held`
    what the volume's files have."""
    if _root() or held == ids:
        return None
    words = {"one": "one id", "many": "many ids"}
    return ShoreError(
        f"{service.name}: volume {volume} is written with {words[held]}, and {service.name} has {words[ids]}",
        hint=f"x-longshore: {{ids: {held}}} goes on with its data; dump that and start afresh with: shore down -v",
        place=service.place("x-longshore.ids", "x-longshore", "volumes"),
    )


def several_in(services: Iterable[Service]) -> bool:
    """Whether any of them wants several users."""
    return any(wants_several(service) for service in services)
