"""Users and groups as a container's own /etc/passwd and /etc/group name them. Pure: texts in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable

from longshore.model.record import record

__all__ = ["Account", "UnknownUser", "resolve"]

HIGHEST = 2**31 - 1
"""The highest id that Docker takes."""


class UnknownUser(Exception):
    """A user or group name that the container does not know."""


@record
class Account:
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str


def resolve(user: str, extra: Iterable[str], passwd: str, group: str) -> Account:
    """Docker's rules for "name", "uid", "name:group", "uid:gid": numbers need no entry; without an entry the group is 0
    and home "/"; supplementary groups come from /etc/group unless a group is named."""
    name, _, group_name = user.partition(":")
    entry = _user(name or "0", passwd)
    uid, gid, home, login = entry
    groups: list[int] = []
    if group_name:
        gid = _group(group_name, group)
    elif login:
        groups = [int(fields[2]) for fields in _lines(group, 4) if login in fields[3].split(",")]
    groups += [_group(text, group) for text in extra]
    if max(uid, gid, *groups) > HIGHEST:  # the kernel takes 4294967295 for "as it is", which is root
        raise UnknownUser(f"user {user}: uids and gids must be in range 0-{HIGHEST}")
    return Account(uid, gid, tuple(dict.fromkeys(groups)), home)


def _lines(text: str, fields: int) -> list[list[str]]:
    rows = (line.split(":") for line in text.splitlines() if line and not line.startswith("#"))
    return [row for row in rows if len(row) >= fields and row[2].isdigit()]


def _user(name: str, passwd: str) -> tuple[int, int, str, str]:
    """(uid, gid, home, login name); the name "" when only a number is known."""
    for row in _lines(passwd, 6):
        if row[0] == name and row[3].isdigit():
            return int(row[2]), int(row[3]), row[5] or "/", row[0]
    if not name.isdigit():
        raise UnknownUser(f"user {name} is not in the container's /etc/passwd")
    for row in _lines(passwd, 6):
        if row[2] == name and row[3].isdigit():
            return int(row[2]), int(row[3]), row[5] or "/", row[0]
    return int(name), 0, "/", ""


def _group(name: str, group: str) -> int:
    for row in _lines(group, 3):
        if row[0] == name:
            return int(row[2])
    if name.isdigit():
        return int(name)
    raise UnknownUser(f"group {name} is not in the container's /etc/group")
