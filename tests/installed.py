"""An ordinary user's installation of the product: a copy of the work tree with its own `.venv`, as the README says."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.shore import shared_cache
from tests.users import User, add_user, remove_user

__all__ = ["Installed", "install", "shared_installation", "user_environment"]

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
    _bring_what_was_compiled(user)
    return Installed(user, clone)


def _bring_what_was_compiled(user: User) -> None:
    """FerretDB takes Go minutes, and is the same program for everybody: where this machine has it, the user has it."""
    built = "longshore/downloads/built"
    there = Path(shared_cache()) / built
    if there.is_dir():
        shutil.copytree(there, user.home / ".cache" / built, dirs_exist_ok=True)
        for path in (user.home / ".cache", user.home / ".cache/longshore"):
            path.chmod(0o700)
        user.give(user.home / ".cache")


@contextmanager
def shared_installation(run: str) -> Iterator[Installed]:
    """One account and one installation for every process of the test run: its images are built once. The first that
    asks makes it; the last that leaves removes it."""
    place = Path(tempfile.gettempdir()) / f"shore-tests-{run}"
    place.mkdir(mode=0o700, exist_ok=True)
    made = place / "user.json"
    with open(place / "turn", "w") as turn, open(place / "users", "w") as users:
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            if not made.exists():
                user = add_user()
                try:
                    install(user)
                except BaseException:
                    remove_user(user)
                    raise
                made.write_text(json.dumps([user.name, user.uid, str(user.home)]))
            fcntl.flock(users, fcntl.LOCK_SH)
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)
        name, uid, home = json.loads(made.read_text())
        user = User(name, uid, Path(home))
        try:
            yield Installed(user, user.home / "longshore")
        finally:
            fcntl.flock(turn, fcntl.LOCK_EX)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another process still uses it
            else:
                remove_user(user)
                shutil.rmtree(place)


def user_environment() -> dict[str, str]:
    """This environment without what belongs to us alone: our home, our interpreters, our XDG folders."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "PYENV", "VIRTUAL_ENV", "LONGSHORE_"))}
    kept["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return kept
