"""What uses the image cache: the containers and volumes of every project in every home that this cache has served."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from longshore.model.codec import decode
from longshore.model.errors import ShoreError
from longshore.native.command.client import connect
from longshore.native.image.store.cache import Cache, key_of
from longshore.native.image.store.removal import Uses
from longshore.native.shared.places import Places, ProjectPlaces
from longshore.native.shared.records import ProjectRecord, Record, load
from longshore.native.shared.requests import List
from longshore.native.shared.volumes import Volumes

__all__ = ["remember", "uses"]


@cache
def remember(places: Places) -> None:
    """Write down in the cache, once in a command, where the projects are kept that use it: another XDG_STATE_HOME may
    come with the same XDG_CACHE_HOME, and what runs there is not to lose its layers."""
    home = [str(places.state), str(places.data)]
    path = places.cache / "homes" / key_of(home)
    if not path.exists():
        Cache(places.cache).write_json(path, home)


async def uses(places: Places) -> Uses:
    """Raises ShoreError where something cannot be asked or read: nothing is removed on a guess."""
    try:
        return await _uses(places)
    except OSError as error:
        raise ShoreError(
            f"it cannot be known which images are in use: {error.filename}: {error.strerror}",
            hint="run shore as the user that this belongs to",
        ) from error


async def _uses(places: Places) -> Uses:
    images: set[tuple[str, str]] = set()
    layers: set[str] = set()
    for home in _homes(places):
        for name in home.projects():
            for record in await _containers(home.project(name)):
                images.add((record.spec.image, record.spec.image_id))
                layers.update(record.spec.layers)
        layers |= Volumes(home.volumes).laid_over()
    return Uses(frozenset(images), frozenset(layers))


def _homes(places: Places) -> Iterator[Places]:
    yield places
    for path in (places.cache / "homes").glob("*"):
        if path.suffix:  # being written
            continue
        state, data = json.loads(path.read_text(encoding="utf-8"))
        home = Places(Path(state), Path(data), places.cache)
        if not home.state.is_dir() and not home.data.is_dir():
            path.unlink(missing_ok=True)
        elif home != places:
            yield home


async def _containers(project: ProjectPlaces) -> Iterable[Record]:
    """A living agent's own word, which is newer than its file; else the file's."""
    agent = await connect(project)
    if agent is None:
        found = load(project.state)
        return found.containers.values() if found else ()
    try:
        return decode(ProjectRecord, await agent.call(List())).containers.values()
    finally:
        agent.close()
