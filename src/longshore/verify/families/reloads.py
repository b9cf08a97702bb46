"""Reloads: a change of the source that a service mounts shows in its answers, and is put back byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import Service
from longshore.verify.check import Check, Subject, Touch, holds, short, skipped
from longshore.verify.exchange import NoHttp, ask
from longshore.verify.live import Live, cannot
from longshore.verify.probing import until_works
from longshore.verify.reloading.journal import changed
from longshore.verify.reloading.probes import Probe, code_mounts, probe_for
from longshore.verify.result import Criterion, Evidence, Family, Seen
from longshore.verify.settings import seconds_of, told

__all__ = ["criteria", "own_probe"]

WITHIN = 30.0
"""Seconds that a change may take to show, where the file says nothing else."""

AGAIN = 20.0
"""Seconds that the service has to be as before when the file is."""

PAUSE = 0.1
KEYS = ("file", "find", "put", "http", "run", "within")


def criteria(subject: Subject) -> tuple[Check, ...]:
    return tuple(
        _reloads(service) for service in subject.lasting if code_mounts(service) or told(service, "reload") is not None
    )


def _reloads(service: Service) -> Check:
    criterion = Criterion(
        f"reloads.{service.name}", Family.RELOADS, f"a change of the source of {service.name} shows in its answers",
        "a marker goes into its code, an answer has to show it, and the file is put back byte for byte",
        "mount the source, and start the server so that it watches its files (--reload, runserver, a dev server)",
        service.name,
    )  # fmt: skip
    own = _settings(service)
    does = f"changes a file of {service.name}, and puts it back"
    limit = 3 * (own.within if own else WITHIN) + AGAIN + 60
    return Check(criterion, partial(_try_reload, service.name, own), Touch.DISTURBS, does, (service.name,), limit=limit)


@record
class Own:
    """What x-longshore.verify.reload says: in `file`, which is relative to the project, `find` becomes `put`, which
    has {marker}; the answer to `http` (a path), or what `run` prints, shows the marker `within` seconds."""

    file: str
    find: str
    put: str
    http: str = ""
    run: str = ""
    within: float = WITHIN


def _settings(service: Service) -> Own | None:
    found = told(service, "reload")
    if found is None:
        return None
    place = service.place("x-longshore.verify.reload", "x-longshore.verify", "x-longshore")
    hint = "file:, find:, put: with {marker}, and http: GET /path or run: COMMAND; see docs/reference/verify.md"
    if not isinstance(found, Mapping) or not set(found) <= set(KEYS) or not {"file", "find", "put"} <= set(found):
        raise ShoreError(f"{service.name}: x-longshore.verify.reload is not complete", hint=hint, place=place)
    if "{marker}" not in str(found["put"]) or ("http" in found) == ("run" in found):
        raise ShoreError(f"{service.name}: x-longshore.verify.reload shows no marker", hint=hint, place=place)
    within = seconds_of(found.get("within", WITHIN))
    if within is None:
        what = f"{service.name}: x-longshore.verify.reload.within {found['within']!r} is no time"
        raise ShoreError(what, hint="for example 20s", place=place)
    return Own(str(found["file"]), str(found["find"]), str(found["put"]),
               str(found.get("http", "")).removeprefix("GET").strip(), str(found.get("run", "")), within)  # fmt: skip


def own_probe(own: Own, folder: Path) -> Probe:
    """The probe of the file's own. Raises ShoreError where the text to find does not stand there exactly once."""
    file = folder / own.file
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise cannot(f"{own.file} cannot be read: {error}") from None
    if text.count(own.find) != 1:
        raise cannot(f"{own.file} has “{own.find[:60]}” {text.count(own.find)} times", "name what stands there once")

    def change(old: str, marker: str) -> str:
        return old.replace(own.find, own.put.replace("{marker}", marker))

    return Probe("the project's own", file, own.http or "/", change)


# How it goes.


async def _try_reload(name: str, own: Own | None, live: Live) -> Seen:
    service = live.stack.services[name]
    within = own.within if own else WITHIN
    if own:
        probe: Probe | None = own_probe(own, Path(live.stack.working_dir))
    else:
        probe = probe_for(code_mounts(service), await _commands(service, live), secrets.token_hex(4))
    if probe is None:
        return skipped("no framework is known by which its answers would show a change: say how in "
                       "x-longshore.verify.reload")  # fmt: skip
    look: Look | None = partial(_printed, own.run) if own and own.run else _looks(service, probe)
    if look is None:
        return skipped("it serves nothing that could be asked: say how in x-longshore.verify.reload")
    before = await _alive(name, live)
    marker = f"shore{secrets.token_hex(6)}"
    expected = f"the marker within {within:g} s"
    path = os.path.relpath(probe.file, live.stack.working_dir)
    with changed(probe.file, live.where.environ):
        old = probe.file.read_text() if probe.file.exists() else ""
        if not old:  # a file that comes anew may be found for other reasons than that files are watched
            first = f"shore{secrets.token_hex(6)}"
            _write(probe.file, probe.change(old, first))
            await _until(look, live, name, first, within)
        _write(probe.file, probe.change(old, marker))
        took, said = await _until(look, live, name, marker, within)
        after = await _alive(name, live) if took is not None else {}
    again, words = await _as_before(service, look, marker, live)
    evidence = (Evidence(f"{path}, with the marker ({probe.what})", _tail(probe.change(old, marker))),
                Evidence("the last answer", said[:800] or "(none)"))  # fmt: skip
    if took is None:
        return short(expected, f"it does not show ({probe.what}, {path})", evidence=evidence)
    how = _how(before, after)
    measured = (("seconds until it shows", took),)
    if not again:
        return short("the file is put back, and the service works", f"afterwards {words}", evidence=evidence)
    return holds(expected, f"after {took:.2f} s, {how} ({probe.what})", evidence=evidence, measured=measured)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-20:])


Look = Callable[[Live, str], Awaitable[str]]
"""Asks the service of that name; what it answers."""


async def _until(look: Look, live: Live, name: str, marker: str, within: float) -> tuple[float | None, str]:
    """Seconds until an answer shows the marker (None: it does not), and the last answer."""
    began = time.monotonic()
    said = ""
    while time.monotonic() - began < within:
        said = await look(live, name)
        if marker in said:
            return time.monotonic() - began, said
        await asyncio.sleep(PAUSE)
    return None, said


async def _as_before(service: Service, look: Look, marker: str, live: Live) -> tuple[bool, str]:
    """Wait until no answer shows the marker any longer, and the service works."""
    end = time.monotonic() + AGAIN
    while marker in await look(live, service.name):
        if time.monotonic() > end:
            return False, "it still shows the marker"
        await asyncio.sleep(PAUSE)
    return await until_works(live, service, AGAIN)


# What can be asked.


async def _commands(service: Service, live: Live) -> list[str]:
    found = [*(service.command or ()), *(service.entrypoint or ())]
    with contextlib.suppress(ShoreError):
        found += [process.command for process in await live.processes(service.name)]
    return [" ".join(found)]


def _looks(service: Service, probe: Probe) -> Look | None:
    ports = [port.target for port in service.ports if port.protocol == "tcp"]
    if ports:
        return partial(_asked, tuple(ports), probe.path)
    inside = _inner_port(service)
    return partial(_printed, _FETCH.format(url=f"http://localhost:{inside}{probe.path}")) if inside else None


def _inner_port(service: Service) -> int:
    """The port that its health check asks, or that it exposes."""
    check = " ".join(service.healthcheck.test) if service.healthcheck and service.healthcheck.active else ""
    match = re.search(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d+)", check)
    if match:
        return int(match[1])
    return next((int(port.partition("/")[0]) for port in service.expose if port.partition("/")[0].isdecimal()), 0)


async def _asked(ports: tuple[int, ...], path: str, live: Live, name: str) -> str:
    said = ""
    for port in ports:
        try:
            said = (await ask(await live.address(name, port), path, limit=10)).text
        except (NoHttp, ShoreError) as error:
            said = said or str(error)
            continue
        if "shore" in said:
            break
    return said


async def _printed(script: str, live: Live, name: str) -> str:
    try:
        return (await live.execute(name, "sh", "-c", script, limit=15)).text
    except ShoreError as error:  # it may be in the middle of a restart
        return str(error)


_FETCH = (
    "wget -qO- '{url}' 2>/dev/null || curl -fsS '{url}' 2>/dev/null || "
    "python3 -c \"import urllib.request as u; print(u.urlopen('{url}', timeout=5).read().decode())\" 2>/dev/null || "
    "node -e \"fetch('{url}').then(r => r.text()).then(console.log)\""
)


async def _alive(name: str, live: Live) -> Mapping[tuple[int, int], str]:
    """Its processes by what cannot be used again, with their command lines; none where they are out of sight."""
    try:
        return {(one.pid, one.started): one.command for one in await live.processes(name)}
    except ShoreError:
        return {}


def _how(before: Mapping[tuple[int, int], str], after: Mapping[tuple[int, int], str]) -> str:
    """Whether processes were replaced."""
    if not before or not after:
        return "in what way is not to be seen from here"
    if min(before) not in after:
        return "the service was started again"
    gone = [command for key, command in before.items() if key not in after]
    return "the process was started again" if gone else "by a hot swap"
