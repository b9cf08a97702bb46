"""A process that outlives this one, should it be killed: it sees the end of a pipe, and does then what this one would
have done in the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["await_end", "begin", "dismiss"]


def begin(command: str, folder: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """`shore COMMAND FOLDER`, in a session of its own; it holds nothing of this process but the end of a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "longshore", command, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        cwd="/", env=dict(environ), start_new_session=True,
    )  # fmt: skip


def dismiss(helper: subprocess.Popen[bytes]) -> None:
    """All is done, and there is nothing left to do for it."""
    assert helper.stdin
    helper.stdin.close()
    helper.wait()


def await_end() -> None:
    """In the helper: until the process that began it has ended, or dismisses it."""
    while os.read(0, 4096):  # nothing is ever written: the end comes with the writer's
        pass
