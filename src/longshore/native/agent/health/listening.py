"""Signs of life of a starting service: which ports it listens on, asked of the kernel. That costs a thousandth of a
probe, which is a process of the service's own account, so probes run when there is something new to find."""

from __future__ import annotations

import asyncio
import socket
from types import TracebackType

from longshore.native.inside.network import NAME_SERVER
from longshore.native.kernel.sockets import Listening, listening

__all__ = ["ListeningSigns"]

_EVERY, _EACH = 0.005, 0.0005
"""Seconds between two looks at a service; and at least so many for each service that is looked at, so that a stack of
hundreds does not wear out a core."""


class ListeningSigns:
    """The signs (health/monitor.py) of one service, by a diagnosis socket of its network namespace, which it closes in
    the end. `serves`: it is to listen on some port; `asks`: its test asks this one, 0 when that is not known;
    `offers`: others use this one, and the test may pass before it is open, else 0."""

    _watching = 0

    def __init__(self, diagnosis: socket.socket, *, serves: bool, asks: int = 0, offers: int = 0) -> None:
        self._diagnosis, self._serves, self._asks, self._offers = diagnosis, serves, asks, offers
        self._known: frozenset[Listening] = frozenset()

    def __enter__(self) -> ListeningSigns:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._diagnosis.close()

    @property
    def silent(self) -> bool:
        return self._serves and not self._known

    @property
    def hopeless(self) -> bool:
        return self._asks > 0 and not self._open(self._asks)

    @property
    def early(self) -> bool:
        return self._offers > 0 and not self._open(self._offers)

    def _open(self, wanted: int) -> bool:
        return any(port == wanted for _, port in self._known)

    async def change(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        ListeningSigns._watching += 1
        try:
            while not self._more() and (left := end - loop.time()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(left, max(_EVERY, _EACH * ListeningSigns._watching)))
        finally:
            ListeningSigns._watching -= 1

    def _more(self) -> bool:
        """Look; whether something new listens. Our own name server in there does not count."""
        before = self._known
        try:
            self._known = frozenset(one for one in listening(self._diagnosis) if one[0] != NAME_SERVER)
        except OSError:
            return False
        return bool(self._known - before)
