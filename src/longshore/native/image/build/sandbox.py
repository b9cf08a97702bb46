"""Running one command in layers, apart from the host: what a Dockerfile's RUN does, and what provider images are
prepared with. The command runs in a helper process of its own (`sandboxed`), so all mounts die with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from longshore.model.record import asdict, record
from longshore.model.service import EMPTY
from longshore.native.image import process

__all__ = ["Bind", "Sandbox", "run_in"]

PREPARING_FAILED = 125
"""The helper's exit code when it cannot make the sandbox (as `docker run` has it)."""
MARK = "longshore-sandbox: "
"""Begins the helper's own last words, to tell them from the command's."""


@record
class Bind:
    """Something of the host, or an empty file system, shown at `target` while the command runs, never in the layer.

    `text` makes a private file with that content; `source` binds a file or directory; neither makes a tmpfs."""

    target: str
    source: str = ""
    text: str | None = None
    read_only: bool = True
    size: int = 0
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


@record
class Sandbox:
    """A command and where it runs. `layers` lowest first; changes go to `upper`, beside which `work` is scratch.
    `user` is (uid, gid, further groups)."""

    argv: tuple[str, ...]
    layers: tuple[str, ...]
    upper: str
    work: str
    env: Mapping[str, str] = EMPTY
    cwd: str = "/"
    user: tuple[int, int, tuple[int, ...]] = (0, 0, ())
    network: Literal["host", "none"] = "host"
    binds: tuple[Bind, ...] = ()
    hostname: str = "buildkitsandbox"


@record
class Outcome:
    """`code` is the command's own exit code (128 + signal when it was killed); `trouble` is set instead when the
    sandbox could not be made."""

    code: int
    lines: tuple[str, ...]
    trouble: str = ""


async def run_in(sandbox: Sandbox, scratch: Path, on_line: Callable[[str], None] | None = None) -> Outcome:
    """Run to the end. Cancelled or killed, nothing of it stays: process, mount or half-made stub."""
    scratch.mkdir(parents=True, exist_ok=True)
    description = json.dumps({**asdict(sandbox), "env": dict(sandbox.env), "scratch": str(scratch)})
    helper = [sys.executable, "-S", "-E", "-c", LAUNCH, _source()]
    trouble: list[str] = []

    def line(text: str) -> None:
        if text.startswith(MARK):
            trouble.append(text.removeprefix(MARK))
        elif on_line is not None:
            on_line(text)

    result = await process.run(helper, stdin=description.encode(), on_line=line, env={"LC_ALL": "C.UTF-8"})
    if trouble:
        return Outcome(PREPARING_FAILED, (), trouble[-1])
    if result.code < 0:
        return Outcome(128 - result.code, result.lines)
    return Outcome(result.code, result.lines)


LAUNCH = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from longshore.native.image.build.sandboxed import main; main(sys.stdin.buffer.read())"
)
"""The helper reads its description from standard input; the environment of the caller does not reach it."""


def _source() -> str:
    """The directory that holds the package `longshore`, wherever it is installed."""
    return str(Path(__file__).resolve().parents[4])
