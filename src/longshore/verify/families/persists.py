"""Persists: what is written by the real server stays through `down` and `up`, and goes with `down -v`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from functools import partial

from longshore.model.errors import ShoreError
from longshore.model.service import Mount, Service
from longshore.verify.check import Check, Subject, Touch, holds, short
from longshore.verify.keeping import Mark, Marker, file_marker, marker_of, path_marker
from longshore.verify.live import Live, cannot
from longshore.verify.result import Criterion, Family, Seen, Verdict
from longshore.verify.settings import told

__all__ = ["criteria", "places_of"]

LIMIT = 400.0
"""Seconds: two times down and up of a whole stack are in the first check of this family."""


def criteria(subject: Subject) -> tuple[Check, ...]:
    marks = tuple(places_of(subject))
    if not marks:
        return ()
    trial = _Trial(marks)
    kept = [_kept(mark, trial) for mark in marks]
    on_volumes = [mark for mark in marks if _on_volume(subject, mark)]
    return (*kept, *([_gone(_Removal(tuple(on_volumes)))] if on_volumes else ()))


def places_of(subject: Subject) -> Iterator[Mark]:
    """Where data is to be kept: by servers, in named volumes, and in what x-longshore.verify.persist names."""
    text = f"shore-{secrets.token_hex(8)}"
    volumes: set[str] = set()
    for service in subject.lasting:
        marker = marker_of(service)
        if marker and _keeps(service):
            yield Mark(f"server.{service.name}", service.name, marker, text)
            volumes |= {mount.source for mount in service.mounts}
        for path in _named(service):
            slug = re.sub(r"[^\w]+", "-", path).strip("-")
            yield Mark(f"path.{service.name}.{slug}", service.name, path_marker(path), text)
    for service in subject.lasting:
        for mount in service.mounts:
            if _holds_files(mount) and mount.source not in volumes:
                volumes.add(mount.source)
                yield Mark(f"volume.{mount.source}", service.name, _file_at(mount), text)


def _keeps(service: Service) -> bool:
    """Databases always; a store in memory when the file gives it a place or says that it writes."""
    from longshore.model.servers import server_of

    if server_of(service) not in ("Redis", "Valkey", "KeyDB"):
        return True
    return bool(service.mounts or service.tmpfs) or "appendonly" in " ".join(service.command or ())


def _named(service: Service) -> tuple[str, ...]:
    found = told(service, "persist")
    return tuple(map(str, found)) if isinstance(found, list | tuple) else (str(found),) if found else ()


def _holds_files(mount: Mount) -> bool:
    return mount.type == "volume" and bool(mount.source) and not mount.read_only and not mount.subpath


def _file_at(mount: Mount) -> Marker:
    return file_marker(mount.target)


def _on_volume(subject: Subject, mark: Mark) -> bool:
    """Whether `down -v` is to remove it: data in folders of the host stay."""
    service = subject.stack.services[mark.service]
    binds = [mount for mount in service.mounts if mount.type == "bind" and not mount.read_only]
    return mark.about.startswith("volume.") or (mark.about.startswith("server.") and not binds)


# What is written stays.


class _Trial:
    """All marks written, one time down and up, all looked for: the first check of a run carries it out for all."""

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        self.marks = marks
        self._seen: dict[str, Seen] | None = None

    async def seen(self, mark: Mark, live: Live) -> Seen:
        if self._seen is None:
            self._seen = await self._carry_out(live)
        return self._seen[mark.about]

    async def _carry_out(self, live: Live) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        written: list[Mark] = []
        for mark in self.marks:
            try:
                await mark.write(live)
                if not await mark.there(live):
                    raise cannot(f"{mark.marker.what} that was written cannot be read")
                written.append(mark)
            except ShoreError as error:
                found[mark.about] = _unwritten(mark, str(error))
        await live.down()
        await live.up()
        for mark in written:
            expected = f"{mark.marker.what} that {mark.service} was given before"
            there = await mark.there(live)
            found[mark.about] = (holds if there else short)(expected, "it is there" if there else "it is gone")
            if not live.fresh:
                await mark.remove(live)
        return found


def _unwritten(mark: Mark, why: str) -> Seen:
    """A place that the file names has to take what is written; a server may merely lack its client program."""
    if mark.about.startswith("path."):
        return short(f"{mark.marker.what} that {mark.service} was given before", why)
    return Seen(Verdict.UNCHECKED, reason=why)


def _kept(mark: Mark, trial: _Trial) -> Check:
    kind, _, name = mark.about.partition(".")
    sentences = {
        "server": f"what {mark.service} was given is there after down and up",
        "volume": f"what is in the volume {name} is there after down and up",
        "path": f"what {mark.service} keeps in {name.partition('.')[2]} is there after down and up",
    }
    criterion = Criterion(
        f"persists.{mark.about}",
        Family.PERSISTS,
        sentences[kind],
        f"{mark.marker.what} is written in the live {mark.service}, and looked for after down and up",
        "a named volume where the server keeps its data",
        mark.service,
    )
    return Check(
        criterion,
        partial(trial.seen, mark),
        Touch.DISTURBS,
        "takes the stack down and up again",
        needs=(mark.service,),
        limit=LIMIT,
    )


# And goes when it is to.


class _Removal:
    """What was written is gone after `down -v`."""

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        self.marks = marks

    async def seen(self, live: Live) -> Seen:
        written = [mark for mark in self.marks if await _is_written(mark, live)]
        if not written:
            raise cannot("nothing could be written")
        await live.down(volumes=True)
        left = [one.name for one in await live.engine.volumes() if one.project == live.stack.name]
        await live.up()
        stays = [mark.about for mark in written if await mark.there(live)]
        expected = "no volume, and nothing of what was written"
        if left or stays:
            return short(expected, f"there still: {', '.join((*left, *stays))}")
        return holds(expected, f"all {len(written)} are gone")


async def _is_written(mark: Mark, live: Live) -> bool:
    try:
        if not await mark.there(live):
            await mark.write(live)
    except ShoreError:
        return False
    return True


def _gone(removal: _Removal) -> Check:
    criterion = Criterion(
        "persists.removed",
        Family.PERSISTS,
        "down -v removes the data, and nothing less does",
        "what was written is looked for after down -v and up",
        "keep data on volumes of the project",
    )
    act: Callable[[Live], object] = removal.seen
    return Check(criterion, act, Touch.DESTROYS, "removes all data", limit=LIMIT)  # type: ignore[arg-type]
