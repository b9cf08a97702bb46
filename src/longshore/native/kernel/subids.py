"""Subordinate ids: what an administrator gives an ordinary user in /etc/subuid and /etc/subgid (subuid(5)), so that its
containers can be several users."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from longshore.model.record import record

__all__ = ["IDS", "Shares", "shares_of", "what_is_missing"]

IDS = 65536
"""Ids of a container: 0, which is the user's own, and those of all users and groups that images know."""
_FILES = ("/etc/subuid", "/etc/subgid")
_PROGRAMS = ("newuidmap", "newgidmap")
_FOLDERS = ("/usr/bin", "/bin", "/usr/sbin", "/usr/local/bin")


@record
class Shares:
    """Lines for newuidmap and newgidmap: (inside, outside, count)."""

    uids: tuple[tuple[int, int, int], ...]
    gids: tuple[tuple[int, int, int], ...]


def shares_of(uid: int, gid: int | None = None, files: tuple[str, str] = _FILES) -> Shares | None:
    """Of this user; None where the files give it too few."""
    gid = os.getegid() if gid is None else gid
    uids, gids = (_lines(own, _given(file, uid)) for own, file in zip((uid, gid), files, strict=True))
    return Shares(uids, gids) if _total(uids) == _total(gids) == IDS else None


def _lines(own: int, given: Iterator[tuple[int, int]]) -> tuple[tuple[int, int, int], ...]:
    found = [(0, own, 1)]
    for first, count in given:
        inside = _total(found)
        if used := min(count, IDS - inside):
            found.append((inside, first, used))
    return tuple(found)


def _total(lines: list[tuple[int, int, int]] | tuple[tuple[int, int, int], ...]) -> int:
    return sum(count for _, _, count in lines)


def _given(file: str, uid: int) -> Iterator[tuple[int, int]]:
    names = {str(uid), _name(uid)}
    try:
        text = Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        first, _, count = rest.partition(":")
        if name in names and first.isdigit() and count.strip().isdigit():
            yield int(first), int(count)


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def what_is_missing(
    uid: int, files: tuple[str, str] = _FILES, find: Callable[[str], str | None] | None = None
) -> tuple[str, str] | None:
    """What keeps this user's containers from being several users, and what to do; None where nothing does."""
    user = _name(uid)
    if shares_of(uid, files=files) is None:
        held = min(_total(_lines(uid, _given(file, uid))) - 1 for file in files)
        return (
            f"{user} has {held or 'no'} subordinate ids, and {IDS - 1} are wanted",
            f"an administrator gives them: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user} "
            "(a range that nobody has; /etc/subuid lists them)",
        )
    for program in _PROGRAMS:
        place = (find or _find)(program)
        if place is None:
            return f"{program} is not installed", "an administrator installs it: sudo apt-get install uidmap"
        if not _may_map(place):
            return f"{place} has no right to map ids", f"an administrator gives it: sudo chmod u+s {place}"
    return None


def _find(program: str) -> str | None:
    folders = (*os.environ.get("PATH", "").split(os.pathsep), *_FOLDERS)
    places = (os.path.join(folder, program) for folder in folders if folder)  # noqa: PTH118
    return next((place for place in places if os.access(place, os.X_OK)), None)


def _may_map(place: str) -> bool:
    """By its set-user-id bit, or by a capability of the file."""
    found = os.stat(place)  # noqa: PTH116
    if found.st_mode & stat.S_ISUID and found.st_uid == 0:
        return True
    try:
        return bool(os.getxattr(place, "security.capability"))
    except OSError:
        return False
