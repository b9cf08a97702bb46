"""What every test of a whole stack needs: a private copy of its tree, and `shore` in it as whoever is to run it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.installed import user_environment
from tests.shore import Shore

__all__ = ["ROOT", "copied", "fresh_env", "shore_of"]

ROOT = Path(__file__).resolve().parents[2]


def copied(stack: str, folder: Path, *left_out: str) -> Path:
    """The tree of stacks/`stack` in `folder`, readable by the services' own users whatever umask this runs under."""
    shutil.copytree(ROOT / "stacks" / stack, folder, ignore=shutil.ignore_patterns("__pycache__", ".env", *left_out))
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return folder


def fresh_env(folder: Path, *settings: tuple[str, str]) -> str:
    """The .env with secrets of its own, made as the README says, and with the empty `settings` filled; its text."""
    text = subprocess.run(["sh", "new-env.sh"], cwd=folder, capture_output=True, text=True, check=True).stdout
    for name, value in settings:
        text = text.replace(f"{name}=\n", f"{name}={value}\n")
    (folder / ".env").write_text(text)
    (folder / ".env").chmod(0o600)
    return text


def shore_of(
    who: str, request: pytest.FixtureRequest, home: Path, project: str, prepare: Callable[[Path], Path]
) -> Shore:
    """`shore` for a tree that `prepare` lays into the folder it is given. `who` is "me", "ordinary user", with the
    tree in that user's home, "docker" or "podman"."""
    if who == "ordinary user":
        installed = request.getfixturevalue("ordinary_user")
        home = installed.user.home / project
        home.mkdir()
        shore = Shore(
            prepare(home / "tree"), home, project=project, prefix=installed.user.prefix,
            binary=installed.shore, cache=installed.cache, extra={"PATH": user_environment()["PATH"]},
        )  # fmt: skip
        installed.user.give(home)
        return shore
    if who == "me":
        return Shore(prepare(home / "tree"), home, "native", project)
    host = request.getfixturevalue("host" if who == "docker" else "podman_host")
    return Shore(prepare(home / "tree"), home, "docker", project, extra={"DOCKER_HOST": host})
