"""One changing command at a time on a project: a file lock that says who holds it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from longshore.state.folders import STATE, folder, make_private

__all__ = ["lock_path", "project_lock"]


def lock_path(project: str, environ: Mapping[str, str]) -> Path:
    """Where the lock of a project is: beside the engines' own state, under a name that no project can have."""
    return Path(folder(environ, STATE)) / ".locks" / project


@contextlib.asynccontextmanager
async def project_lock(
    project: str, what: str, environ: Mapping[str, str], say: Callable[[str], None]
) -> AsyncIterator[None]:
    """Hold the project's lock while the block runs. When another command has it, `say` once who that is, and wait. The
    kernel drops the lock of a command that was killed."""
    path = lock_path(project, environ)
    make_private(path.parent.parent)
    make_private(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _try(descriptor):
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            say(f"waiting: another command works on {project} ({holder or 'not known which'})")
            await _wait(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"shore {what}, pid {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _wait(descriptor: int) -> None:
    """Wait in a thread of its own: it may outlast this command when that is interrupted, and must not hold it up."""
    loop, locked = asyncio.get_running_loop(), asyncio.Event()
    own = os.dup(descriptor)

    def block() -> None:
        try:
            fcntl.flock(own, fcntl.LOCK_EX)
            loop.call_soon_threadsafe(locked.set)
        except (OSError, RuntimeError):
            pass
        finally:
            os.close(own)

    threading.Thread(target=block, daemon=True).start()
    await locked.wait()
