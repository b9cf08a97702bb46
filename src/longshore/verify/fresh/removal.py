"""Takes a copy away, wherever it had got to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from longshore.engine.base import Engine
from longshore.engine.executor import ExecuteOptions, execute
from longshore.flow.choice.engines import RealEngines
from longshore.flow.home import unheard
from longshore.flow.lock import lock_path, project_lock
from longshore.model.errors import ShoreError
from longshore.model.stack import Stack
from longshore.plan.lifecycle import DownOptions, down
from longshore.state.events import untold
from longshore.state.folders import STATE, folder
from longshore.verify.fresh.place import Place, abandoned, place_at

__all__ = ["GRACE", "keep", "remove", "sweep"]

GRACE = 2.0
"""Seconds that a service of a copy has to stop: its data goes with it."""

LATE = (1.0, 4.0)
"""Seconds after which an engine is looked at again, and once more, where the owner was killed: what it had asked for
last is made whether or not anybody waits for it any longer."""


async def remove(place: Place, environ: Mapping[str, str], grace: float = GRACE, late: Sequence[float] = ()) -> None:
    """Containers, networks, volumes, images, files; what is gone already is as wanted. What the steps of a build came
    to stays in the cache: the next copy is built of the same. `environ` finds the engine, `grace` is in seconds; `late`
    are pauses after which all is looked at again. Raises ShoreError where something stays."""
    name, images, _ = place.read()
    if name:
        engine = RealEngines(environ).open(name)
        try:
            for pause in (0.0, *late):
                await asyncio.sleep(pause)
                async with project_lock(place.project, "verify", environ, unheard):
                    await _take_down(engine, place.project, grace)
                await _remove_images(engine, images)
        finally:
            await engine.close()
    for lock in (place.project, f"{place.project}.migrate"):
        lock_path(lock, environ).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # Docker's engine leaves the project's folder, with nothing in it
        Path(folder(environ, STATE), place.project).rmdir()
    _remove_files(place.folder)
    place.leave()


async def _take_down(engine: Engine, project: str, grace: float) -> None:
    observed = await engine.observe(project)
    plan = down(None, observed, DownOptions(volumes=True, remove_orphans=True))
    options = ExecuteOptions(timeout=grace, remove_volumes=True)
    outcome = await execute(plan, engine, Stack(project, ""), observed, untold, options)
    if not outcome.ok:
        raise next(iter((*outcome.failed.values(), *outcome.unmet.values())))
    await engine.finish(project)


async def _remove_images(engine: Engine, images: Iterable[str]) -> None:
    for image in images:
        if not await engine.remove_image(image, steps=False):
            raise ShoreError(f"the image {image} of the copy stays: something else uses it", hint="see: shore ls")


def _remove_files(root: Path) -> None:
    def again(function: Callable[..., object], path: str, error: object) -> None:
        """A folder that nobody may write to keeps what is in it: open it, and try once more."""
        parent = os.path.dirname(path)  # noqa: PTH120
        with contextlib.suppress(OSError):
            os.chmod(parent, stat.S_IRWXU)  # noqa: PTH101
            function(path)

    if sys.version_info >= (3, 12):
        shutil.rmtree(root, onexc=again)
    else:
        shutil.rmtree(root, onerror=again)
    if root.exists():
        raise ShoreError(
            f"files of the copy stay: {root}", hint=f"a service gave them to another user: sudo rm -r {root}"
        )


async def sweep(environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Remove the copies of runs that were killed."""
    for place in abandoned(environ):
        _, _, kept = place.read()
        say(f"note: {place.project}, left by a verify that was killed, is removed")
        try:
            await remove(place, {**environ, **kept}, late=LATE)
        except ShoreError as error:
            say(f"note: {place.project} could not be removed: {error}")
            place.leave()


async def keep(path: str, environ: Mapping[str, str]) -> None:
    """Remove the copy in that folder, where its owner has gone and left it."""
    place = place_at(path).own()
    if place:
        await remove(place, environ, late=LATE)
