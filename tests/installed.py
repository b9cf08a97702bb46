"""An ordinary user's installation of the product: a copy of the work tree with its own `.venv`, as the README says."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.users import User

__all__ = ["Installed", "install", "user_environment"]

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Installed:
    """An ordinary user who has set the product up in a clone under its own home."""

    user: User
    clone: Path

    @property
    def shore(self) -> str:
        return str(self.clone / ".venv/bin/shore")

    @property
    def python(self) -> str:
        return str(self.clone / ".venv/bin/python")

    @property
    def cache(self) -> str:
        return str(self.user.home / ".cache")


def install(user: User) -> Installed:
    """Copy the work tree as it is now, uncommitted changes too, into the user's home and set it up there."""
    clone = user.home / "longshore"
    clone.mkdir(exist_ok=True)
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    there = b"".join(name + b"\0" for name in files.split(b"\0") if name and (ROOT / os.fsdecode(name)).exists())
    packed = subprocess.run(
        ["tar", "-C", ROOT, "--null", "-T", "-", "-cf", "-"], input=there, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-C", clone, "-xf", "-"], input=packed, check=True)
    user.give(clone)
    setup = subprocess.run(
        [*user.prefix, "scripts/setup", "run"], cwd=clone, env=user_environment(), capture_output=True, text=True
    )
    assert setup.returncode == 0, setup.stdout + setup.stderr
    return Installed(user, clone)


def user_environment() -> dict[str, str]:
    """This environment without what belongs to us alone: our home, our interpreters, our XDG folders."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "PYENV", "VIRTUAL_ENV", "LONGSHORE_"))}
    kept["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return kept
