"""A throwaway ordinary user for tests that root runs; tests without root skip and say so."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["User", "add_user", "remove_user", "throwaway_user", "why_no_user"]

TRIES = 10
FIRST = 20_000
"""The lowest uid of such an account. Images know 1000 and 1001: root's cache holds files that they gave to those, which
would count as this user's."""


@dataclass(frozen=True)
class User:
    """An account made by useradd; `prefix` runs a command as that user, with its home and no groups of root's."""

    name: str
    uid: int
    home: Path

    @property
    def prefix(self) -> tuple[str, ...]:
        return (
            "setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--inh-caps=-all",
            "env", f"HOME={self.home}", f"USER={self.name}",
        )  # fmt: skip

    def give(self, path: Path) -> None:
        """Hand a tree over to the user."""
        for entry in (path, *path.rglob("*")):
            os.chown(entry, self.uid, self.uid, follow_symlinks=False)


def why_no_user() -> str:
    """Why no throwaway user can be made here; "" when one can."""
    if os.geteuid() != 0:
        return "needs root to make a throwaway user"
    return "" if shutil.which("useradd") and shutil.which("setpriv") else "needs useradd and setpriv"


def _add(name: str, subordinate: bool) -> None:
    """The account files have one lock: where somebody else holds it, useradd gives up at once and is asked again."""
    words = ["useradd", "--key", f"UID_MIN={FIRST}", "--create-home", "--user-group", "--shell", "/bin/sh", name]
    if not subordinate:
        words[1:1] = ["--key", "SUB_UID_COUNT=0", "--key", "SUB_GID_COUNT=0"]
    for _ in range(TRIES - 1):
        if subprocess.run(words, capture_output=True).returncode == 0:
            return
        time.sleep(1)
    subprocess.run(words, check=True)


@contextlib.contextmanager
def throwaway_user(prefix: str = "shore") -> Iterator[User]:
    """An account with a home folder of its own, removed afterwards."""
    user = add_user(prefix)
    try:
        yield user
    finally:
        remove_user(user)


def add_user(prefix: str = "shore", *, subordinate: bool = True) -> User:
    """An account; one that is not `subordinate` has no subordinate ids."""
    name = f"{prefix}{uuid.uuid4().hex[:8]}"
    _add(name, subordinate)
    entry = pwd.getpwnam(name)
    return User(name, entry.pw_uid, Path(entry.pw_dir))


def remove_user(user: User) -> None:
    subprocess.run(["userdel", "--remove", user.name], check=False, capture_output=True)
