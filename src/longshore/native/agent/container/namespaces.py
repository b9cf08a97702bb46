"""Descriptors of a container's namespaces, taken before its first process shuts itself off from being looked into."""

from __future__ import annotations

import os
from contextlib import suppress

from longshore.model.record import factory, record

__all__ = ["Namespaces"]

_OWN = ("mnt", "pid", "uts", "ipc")


@record(frozen=False)
class Namespaces:
    """`network` is -1 for the host's own network; `user` is that of the service's process, -1 when it has none of its
    own (root's containers)."""

    own: list[int] = factory(default_factory=list)
    network: int = -1
    user: int = -1

    @classmethod
    def of(cls, pid: int, *, own_network: bool, joined: int) -> Namespaces:
        """Those of the process `pid`, which has just been cloned; `joined` is the network that it is about to join.
        Raises OSError, FileNotFoundError when it has ended."""
        found = cls()
        try:
            for name in _OWN:
                found.own.append(_open(f"/proc/{pid}/ns/{name}"))
            if own_network:
                found.network = _open(f"/proc/{pid}/ns/net")
            elif joined >= 0:
                found.network = os.dup(joined)
        except OSError:
            found.close()
            raise
        return found

    def find_user(self, pid: int) -> None:
        """Take the user namespace of the service's process `pid`, which has entered it by now."""
        with suppress(OSError):
            self.user = _open(f"/proc/{pid}/ns/user")

    @property
    def processes(self) -> int:
        """The pid namespace."""
        return self.own[_OWN.index("pid")]

    @property
    def to_enter(self) -> list[int]:
        """In the order in which a process that is to run inside enters them."""
        return [*self.own, *([self.network] if self.network >= 0 else [])]

    def close(self) -> None:
        for fd in (*self.own, self.network, self.user):
            if fd >= 0:
                os.close(fd)
        self.own, self.network, self.user = [], -1, -1


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
