"""`x-longshore.backup` of a stack: where snapshots go, and how long they stay."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.model.errors import ShoreError
from longshore.model.record import factory, record
from longshore.model.stack import Stack

__all__ = ["IMAGE", "KEEP", "Settings", "settings_of"]

IMAGE = "restic/restic:0.18.0"
"""What sends and brings on a node of a Swarm."""
KEEP = {"daily": 7, "weekly": 4, "monthly": 6}


@record
class Settings:
    """`to` is a repository as restic names one ("" for a folder of this user's own), `password_file` holds its
    password, `keep` is how many snapshots of each age stay, `image` restic's for the nodes of a Swarm."""

    to: str = ""
    password_file: str = ""
    keep: Mapping[str, int] = factory(default_factory=lambda: dict(KEEP))
    image: str = IMAGE


def settings_of(stack: Stack) -> Settings:
    """Raises ShoreError for a key or value that is none."""
    found = stack.extensions.get("x-longshore")
    given = found.get("backup") if isinstance(found, Mapping) else None
    if given is None:
        return Settings()
    if not isinstance(given, Mapping):
        raise _wrong("x-longshore.backup must be a mapping")
    unknown = sorted(set(map(str, given)) - {"to", "password_file", "keep", "image"})
    if unknown:
        raise _wrong(f"x-longshore.backup.{unknown[0]} is not known")
    keep = given.get("keep", KEEP)
    if not isinstance(keep, Mapping) or not set(keep) <= {"last", "hourly", "daily", "weekly", "monthly", "yearly"}:
        raise _wrong("x-longshore.backup.keep names last, hourly, daily, weekly, monthly or yearly")
    if not all(isinstance(count, int) and not isinstance(count, bool) and count > 0 for count in keep.values()):
        raise _wrong("x-longshore.backup.keep: each is a number of snapshots, at least 1")
    image = str(given.get("image") or IMAGE)
    return Settings(str(given.get("to") or ""), str(given.get("password_file") or ""), dict(keep), image)


def _wrong(text: str) -> ShoreError:
    return ShoreError(text, hint="backup: {to: REPOSITORY, password_file: PATH, keep: {daily: 7, weekly: 4}}")
