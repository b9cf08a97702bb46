"""The `shore` command as tests use it: a subprocess with private XDG folders, as this user or as another one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["SHORE", "Done", "Shore", "shared_cache"]

SHORE = str(Path(sys.executable).with_name("shore"))


def shared_cache() -> str:
    """The cache that tests share, so that servers are fetched and builds done once: LONGSHORE_TEST_CACHE, else the
    user's own."""
    return os.environ.get("LONGSHORE_TEST_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Shore:
    """Runs `shore` in `folder` with its own state, data and runtime folders under `home`. `prefix` is put before the
    command (to become another user); `project` and `engine` are passed on every call."""

    folder: Path
    home: Path
    engine: str = "native"
    project: str = ""
    prefix: tuple[str, ...] = ()
    binary: str = SHORE
    extra: Mapping[str, str] = field(default_factory=dict)
    cache: str = field(default_factory=shared_cache)

    def __post_init__(self) -> None:
        for path in (self.home / "state", self.home / "data", self.home / "run"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("COMPOSE_", "SHORE_"))}
        return {
            **kept,
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "XDG_CACHE_HOME": self.cache,
            **self.extra,
        }

    def argv(self, *words: str) -> list[str]:
        named = ["-p", self.project] if self.project else []
        return [*self.prefix, self.binary, "--engine", self.engine, *named, *words]

    def run(self, *words: str, stdin: str = "", timeout: float = 240) -> Done:
        """Run to the end; whatever the exit code."""
        done = subprocess.run(
            self.argv(*words),
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
        assert "Traceback (most recent call last)" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, **options: Any) -> Done:
        """Run and insist on exit code 0."""
        done = self.run(*words, **options)
        assert done.code == 0, f"shore {' '.join(words)}: exit {done.code}\n{done.out}\n{done.err}"
        return done

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Begin and return at once; the caller ends it."""
        return subprocess.Popen(self.argv(*words), cwd=self.folder, env=self.env, text=True, **options)

    def ps(self, *words: str) -> list[dict[str, Any]]:
        """`ps --format json` as a list."""
        return [json.loads(line) for line in self.ok("ps", "--format", "json", *words).out.splitlines()]

    def port(self, service: str, target: int) -> int:
        """The published port of a service's target port."""
        for row in self.ps():
            for published in row["Publishers"] or ():
                if row["Service"] == service and published["TargetPort"] == target and published["PublishedPort"]:
                    return int(published["PublishedPort"])
        raise AssertionError(f"{service} publishes no {target}")

    def write(self, **files: str) -> None:
        """Write files into the folder; `compose` stands for compose.yaml."""
        for name, text in files.items():
            (self.folder / {"compose": "compose.yaml"}.get(name, name)).write_text(text)

    def down(self) -> None:
        self.run("--profile", "*", "down", "-v", "--remove-orphans", "-t", "2")
