"""A container that is made fills its volumes, those that are still empty, with what its image has at their places."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from longshore.native.agent.container.ordering import alone, shows_image
from longshore.native.image.store.tree import LayerTree
from longshore.native.shared.fill import fill, has_many
from longshore.native.shared.spec import ContainerSpec, MountSpec
from longshore.native.shared.volumes import Volumes

__all__ = ["fill_volumes"]


async def fill_volumes(spec: ContainerSpec, anonymous: Mapping[str, str], volumes: Volumes, *, owners: bool) -> None:
    """`anonymous`: its volumes that the file does not name, by target. `owners`: files keep them, as they do where root
    runs this. Raises OSError."""
    empty = list(_empty(spec, anonymous, volumes))
    if empty:
        await asyncio.to_thread(_fill, spec, empty, owners)


def _empty(spec: ContainerSpec, anonymous: Mapping[str, str], volumes: Volumes) -> Iterator[tuple[MountSpec, Path]]:
    for entry in spec.mounts:
        if shows_image(entry):
            data = volumes.data(entry.source or anonymous[entry.target])
            if (data.parent / "_filled").exists() or (data.is_dir() and not any(data.iterdir())):
                yield entry, data


def _fill(spec: ContainerSpec, empty: list[tuple[MountSpec, Path]], owners: bool) -> None:
    image = LayerTree(spec.layers)
    for entry, data in empty:
        if not (alone(entry, spec) and has_many(image, entry.target)):
            fill(data, image, entry.target, owners=owners)
