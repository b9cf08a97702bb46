"""Named volumes: the body to make one, and the calls."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.docker.project import labels, observe
from longshore.model.stack import Stack, Volume
from longshore.state.observed import ObservedVolume

__all__ = ["create", "find_all", "remove", "volume_body"]


def volume_body(stack: Stack, volume: Volume) -> dict[str, Any]:
    """POST /volumes/create. Pure."""
    body: dict[str, Any] = {
        "Name": volume.name,
        "Driver": volume.driver,
        "DriverOpts": dict(volume.driver_opts),
        "Labels": labels.volume_labels(stack, volume),
    }
    return {name: value for name, value in body.items() if value}


async def create(api: Api, stack: Stack, volume: Volume) -> None:
    await api.post("/volumes/create", volume_body(stack, volume))


async def remove(api: Api, name: str) -> None:
    """Remove a volume with its data; one that is gone already is fine."""
    try:
        await api.delete(f"/volumes/{quote(name, safe='')}")
    except ApiError as error:
        if error.status != 404:
            raise


async def find_all(api: Api, project: str = "") -> tuple[ObservedVolume, ...]:
    """Every volume of a project, by name; without one, those of all projects and those of `volume create`."""
    marks = [labels.of_project(project)[0], *([] if project else [labels.OWN_VOLUME])]
    answers = await asyncio.gather(*(api.get("/volumes", filters={"label": [mark]}) for mark in marks))
    found = (observe.volume(volume) for answer in answers for volume in answer.get("Volumes") or ())
    return tuple(sorted(found, key=lambda volume: volume.name))
