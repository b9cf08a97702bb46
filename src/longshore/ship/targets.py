"""Where a Swarm is: the first manager of several that answers, by ssh too; and making one where there is none."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from longshore.docker.api.connection import resolve
from longshore.docker.api.errors import ApiError, Unreachable
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.ship.swarm import LEADER_SECONDS, Swarm

__all__ = ["Reached", "reached", "ssh_command"]

SSH_SECONDS, ANSWER_SECONDS = 30.0, 10.0
SOCKET = "/var/run/docker.sock"


@record
class Reached:
    """The environment in which the engine of a manager is found. `host` is where its published ports answer; "": where
    the engine itself does."""

    environ: Mapping[str, str]
    host: str = ""


@contextlib.asynccontextmanager
async def reached(
    environ: Mapping[str, str], targets: Iterable[str], say: Callable[[str], None], *, init: bool = False
) -> AsyncIterator[Reached]:
    """The first of `targets` (ssh://, unix://, tcp://, or the name of a Docker context; none: the engine that `docker`
    would ask) that is a manager. `init`: an engine that is in no Swarm becomes one of its own. Of several all are asked
    again for a while where one is up and does not answer: without a leader none does. Raises ShoreError that says of
    each why not."""
    asked = tuple(targets) or ("",)
    end = time.monotonic() + (LEADER_SECONDS if len(asked) > 1 else 0.0)
    problems: list[ShoreError] = []
    for number, target in enumerate(itertools.cycle(asked)):
        if number % len(asked) == 0 and problems:
            if time.monotonic() > end or not any(isinstance(one, _Late) for one in problems):
                break
            problems.clear()
        async with contextlib.AsyncExitStack() as line:
            try:
                found = await line.enter_async_context(_line(environ, target))
                await _entered(_swarm(found.environ, target), target, init=init)
            except ShoreError as error:
                problems.append(error)
                continue
            for problem in problems:
                say(f"warning: {problem.what}")
            with _told_by(target):
                yield found
            return
    if len(problems) == 1:
        raise problems[0]
    raise ShoreError("; ".join(error.what for error in problems), hint=problems[-1].hint)


class _Late(ShoreError):
    """A manager that is there and does not answer in time."""


def _swarm(environ: Mapping[str, str], target: str) -> Swarm:
    try:
        return Swarm(resolve(environ))
    except ShoreError as error:
        if "://" not in target:
            raise
        raise ShoreError(
            f"--to {target}: that is no address of an engine",
            hint="ssh://user@host, unix:///path, tcp://host:port, or the name of a Docker context",
        ) from error


async def _entered(swarm: Swarm, target: str, *, init: bool) -> None:
    where = target or f"{swarm.endpoint.url} ({swarm.endpoint.source})"
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await swarm.enter(init=init)
    except TimeoutError:
        raise _Late(f"{where} does not answer in {ANSWER_SECONDS:g} s", hint=_hint(target)) from None
    except Unreachable as error:
        raise ShoreError(f"no Docker engine answers at {where}: {error.why}", hint=_hint(target)) from error
    except ApiError as error:
        raise ShoreError(f"{where}: {error.what}", hint=_hint(target)) from error


def _hint(target: str) -> str:
    if target:
        return "is Docker up there, and this its address? another manager can be named too: --to A --to B"
    return "start Docker on the manager, or say where one is: --to ssh://user@host, or x-longshore.ship.to"


@contextlib.contextmanager
def _told_by(target: str) -> Iterator[None]:
    """A manager that is lost later is told by the name that was given for it."""
    try:
        yield
    except Unreachable as error:
        raise ShoreError(
            f"the manager{f' {target}' if target else ''} does not answer any more: {error.why}",
            hint="the Swarm ends by itself what was begun; the same command by another manager carries on: --to OTHER",
        ) from error


@contextlib.asynccontextmanager
async def _line(environ: Mapping[str, str], target: str) -> AsyncIterator[Reached]:
    plain = {name: value for name, value in environ.items() if name not in ("DOCKER_HOST", "DOCKER_CONTEXT")}
    if not target:
        yield Reached(environ)
    elif "://" not in target:
        yield Reached({**plain, "DOCKER_CONTEXT": target})
    elif not target.startswith("ssh://"):
        yield Reached({**environ, "DOCKER_HOST": target})
    else:
        parts = urlsplit(target)
        with tempfile.TemporaryDirectory(prefix="shore-ssh-") as folder:
            socket = Path(folder, "docker.sock")
            keeping = asyncio.create_task(_kept(ssh_command(parts, str(socket)), socket))
            try:
                await _opened(keeping, socket, target)
                yield Reached({**plain, "DOCKER_HOST": f"unix://{socket}"}, parts.hostname or "")
            finally:
                keeping.cancel()
                with contextlib.suppress(asyncio.CancelledError, ShoreError):
                    await keeping


def ssh_command(parts: SplitResult, socket: str) -> tuple[str, ...]:
    """OpenSSH, which forwards the engine's socket. It asks nothing: there may be nobody to answer."""
    options = ("BatchMode=yes", "ExitOnForwardFailure=yes", "StreamLocalBindUnlink=yes", "ConnectTimeout=10",
               "ServerAliveInterval=5", "ServerAliveCountMax=3")  # fmt: skip
    return (
        "ssh", "-nNT", *(word for option in options for word in ("-o", option)),
        *(("-p", str(parts.port)) if parts.port else ()), *(("-l", parts.username) if parts.username else ()),
        "-L", f"{socket}:{parts.path.rstrip('/') or SOCKET}", parts.hostname or "",
    )  # fmt: skip


async def _kept(command: tuple[str, ...], socket: Path) -> None:
    """Goes on for ever: a line that drops is made again. Raises ShoreError where it cannot be made the first time."""
    first = True
    while True:
        try:
            child = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
            )
        except FileNotFoundError as error:
            raise ShoreError("there is no ssh here", hint="apt-get install openssh-client") from error
        try:
            said = (await child.communicate())[1].decode("utf-8", "replace").strip()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        if first and not socket.exists():
            raise ShoreError(f"ssh to {command[-1]}: {said.splitlines()[-1] if said else 'it ended'}",
                             hint="try it by hand; ship asks for no password: use a key")  # fmt: skip
        first = False
        await asyncio.sleep(1)


async def _opened(keeping: asyncio.Task[None], socket: Path, target: str) -> None:
    """Return when the socket is there."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SSH_SECONDS):
            while not socket.exists():
                if keeping.done():
                    keeping.result()
                await asyncio.sleep(0.05)
            return
    raise ShoreError(f"{target} does not answer by ssh", hint="try it by hand: ssh " + target.removeprefix("ssh://"))
