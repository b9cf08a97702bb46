"""Volumes that are there but not as the file describes them. Nothing here, and nothing after it, empties one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from longshore.model.errors import ShoreError
from longshore.model.stack import Stack, Volume
from longshore.state.observed import Observed

__all__ = ["changed", "changed_volumes"]


def changed_volumes(stack: Stack, services: Iterable[str], observed: Observed) -> Iterator[ShoreError]:
    """One error for each volume of `services` whose definition differs from what it was made with."""
    used = {m.source for name in services for m in stack.services[name].mounts if m.type == "volume"}
    there = {volume.name: volume for volume in observed.volumes}
    for key, volume in stack.volumes.items():
        found = there.get(volume.name)
        if key in used and not volume.external and found is not None and found.options is not None:
            error = changed(volume, found.driver, found.options)
            if error:
                yield error


def changed(volume: Volume, driver: str, options: Mapping[str, object]) -> ShoreError | None:
    """Why an existing volume is not what the file describes, as an error with a way out."""
    differences = []
    wanted = volume.driver or "local"
    if (driver or "local") != wanted:
        differences.append(f"its driver is {driver or 'local'}, the file says {wanted}")
    if _texts(options) != _texts(volume.driver_opts):
        differences.append("its driver options differ from the file's")
    if not differences:
        return None
    return ShoreError(
        f"volumes.{volume.key}: the volume {volume.name} is there, but {' and '.join(differences)}",
        hint=f"undo the change, or rename the volume, or save its data and drop it: shore volume rm {volume.name}",
        place=volume.place,
    )


def _texts(options: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in options.items()}
