"""A container's published ports: bound before it starts, so that a taken one keeps it from starting, and opened when it
runs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from longshore.model.errors import ShoreError
from longshore.native.agent.network.hub import Hub
from longshore.native.agent.network.relay import Relay
from longshore.native.shared.ports import bind_port
from longshore.native.shared.records import Record
from longshore.state.observed import Published

__all__ = ["PublishedPorts"]


class PublishedPorts:
    """The published ports of one container, from one start to the end of its process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._bound: list[tuple[socket.socket, Published]] = []
        self._relay: Relay | None = None

    def bind(self, record: Record) -> tuple[Published, ...]:
        """Bind every port that the container publishes; one that it had before is asked for first. Raises ShoreError,
        with none bound, for one that cannot be had."""
        before = {(port.target, port.protocol): port.published for port in record.ports}
        try:
            for port in record.spec.ports:
                last = before.get((port.target, port.protocol), 0)
                self._bound.append(bind_port(port, auto=record.ports_auto, before=last))
        except ShoreError:
            self.close()
            raise
        return tuple(port for _, port in self._bound)

    async def open(self, address: str) -> None:
        """Carry what comes to the container's `address`. Raises OSError when a port cannot be served."""
        relay = self._relay = Relay()
        while self._bound:
            bound, port = self._bound[0]
            if port.protocol == "tcp":
                relay.publish_tcp(bound, self._way(address, port))
            else:
                await relay.publish_udp(bound, self._way(address, port))
            del self._bound[0]  # the relay's from now on

    def _way(self, address: str, port: Published) -> Callable[[], Awaitable[socket.socket]]:
        hub, loop = self._hub, asyncio.get_running_loop()

        async def connect() -> socket.socket:
            inner = await (hub.tcp_socket() if port.protocol == "tcp" else hub.udp_socket())
            try:
                await loop.sock_connect(inner, (address, port.target))
            except BaseException:
                inner.close()
                raise
            return inner

        return connect

    def close(self) -> None:
        """Shut them all."""
        for bound, _ in self._bound:
            bound.close()
        self._bound.clear()
        if self._relay:
            self._relay.close()
            self._relay = None
