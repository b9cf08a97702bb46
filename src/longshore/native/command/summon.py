"""An agent that lives, but whose socket somebody removed, opens it again when it is asked to by a signal."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

from longshore.native.shared.places import ProjectPlaces
from longshore.native.shared.roots import OPENS_AGAIN
from longshore.state.boot import boot_id

__all__ = ["summon"]


def summon(project: ProjectPlaces) -> int:
    """Ask the agent that the project's lock names for its socket; a pidfd of it, -1 where none lives (or one of a
    version that would end by this signal)."""
    try:
        told = json.loads(project.lock.read_text(encoding="utf-8"))
        if not told.get(OPENS_AGAIN) or told["boot"] != boot_id():
            return -1
        pid = int(told["pid"])
        process = os.pidfd_open(pid)
    except (OSError, ValueError, KeyError):
        return -1
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"longshore.native.agent" in words and os.fsencode(project.directory.name) in words:
            signal.pidfd_send_signal(process, signal.SIGUSR2)
            return process
    os.close(process)
    return -1
