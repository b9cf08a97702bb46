"""Named volumes: the body to make one, the calls, and what makes an existing one unfit. Nothing here empties one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from longshore.engine.docker import labels, observe
from longshore.engine.docker.api import Api
from longshore.engine.docker.errors import ApiError
from longshore.model.errors import ShoreError
from longshore.model.stack import Stack, Volume
from longshore.state.observed import ObservedVolume

__all__ = ["changed", "create", "find_all", "remove", "volume_body"]


def volume_body(stack: Stack, volume: Volume) -> dict[str, Any]:
    """POST /volumes/create. Pure."""
    body: dict[str, Any] = {
        "Name": volume.name,
        "Driver": volume.driver,
        "DriverOpts": dict(volume.driver_opts),
        "Labels": labels.volume_labels(stack, volume),
    }
    return {name: value for name, value in body.items() if value}


def changed(volume: Volume, found: Mapping[str, Any]) -> ShoreError | None:
    """Why an existing volume is not what the file describes, as an error with a way out. Pure."""
    differences = []
    driver, wanted = str(found.get("Driver", "local")), volume.driver or "local"
    if driver != wanted:
        differences.append(f"its driver is {driver}, the file says {wanted}")
    options = {key: str(value) for key, value in (found.get("Options") or {}).items()}
    if options != {key: str(value) for key, value in volume.driver_opts.items()}:
        differences.append("its driver options differ from the file's")
    if not differences:
        return None
    return ShoreError(
        f"volumes.{volume.key}: the volume {volume.name} is there, but {' and '.join(differences)}",
        hint=f"undo the change, or rename the volume, or save its data and drop it: shore volume rm {volume.name}",
        place=volume.place,
    )


async def create(api: Api, stack: Stack, volume: Volume) -> None:
    await api.post("/volumes/create", volume_body(stack, volume))


async def remove(api: Api, name: str) -> None:
    """Remove a volume with its data; one that is gone already is fine."""
    try:
        await api.delete(f"/volumes/{quote(name, safe='')}")
    except ApiError as error:
        if error.status != 404:
            raise


async def find_all(api: Api, label: str) -> tuple[ObservedVolume, ...]:
    """Every volume with the label ("key" or "key=value"), by name."""
    answer = await api.get("/volumes", filters={"label": [label]})
    return tuple(sorted((observe.volume(found) for found in answer.get("Volumes") or ()), key=lambda v: v.name))
