"""hadolint's findings. It is a program of its own (GPL), called where it is installed and never carried along."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

from longshore.doctor.ground.buildfile import BuildFile
from longshore.doctor.ground.finding import Finding, Level
from longshore.doctor.ground.project import Ground
from longshore.model.errors import Place

__all__ = ["IGNORED", "lint"]

IGNORED = {
    "DL3002": "dockerfile.root says it",
    "DL3006": "dockerfile.unpinned-base says it",
    "DL3007": "dockerfile.unpinned-base says it",
    "DL3008": "Debian removes old versions: pinning them breaks the build one day",
    "DL3018": "Alpine removes old versions: pinning them breaks the build one day",
    "DL3025": "compose.shell-ignores-sigterm says it",
}
"""hadolint's rules that are not asked, and why."""

_LEVELS: dict[str, Level] = {"error": "error", "warning": "warning"}


def lint(ground: Ground) -> Iterator[Finding]:
    """What hadolint says of the Dockerfiles; nothing where it is not installed."""
    program = shutil.which("hadolint")
    seen: set[str] = set()
    for one in ground.build_files if program else ():
        if str(one.path) not in seen and one.build.dockerfile_inline is None:
            seen.add(str(one.path))
            yield from _lint(str(program), one, ground)


def _lint(program: str, one: BuildFile, ground: Ground) -> Iterator[Finding]:
    ignored = [word for code in IGNORED for word in ("--ignore", code)]
    done = subprocess.run(
        [program, "--no-fail", "--format", "json", *ignored, str(one.path)], capture_output=True, text=True, check=False
    )
    try:
        entries: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        return
    for entry in entries:
        code = str(entry["code"])
        yield Finding(
            f"hadolint.{code}",
            _LEVELS.get(str(entry["level"]), "advice"),
            str(entry["message"]),
            f"hadolint's rule {code}",
            f"see hadolint's page of {code}",
            Place(ground.shown(one.path), int(entry["line"])),
            one.service.name,
        )
