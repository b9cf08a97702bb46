"""Relays between the host and the project's networks: published ports inwards, TCP outwards."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from longshore.native.agent.tasks import Tasks

__all__ = ["HOST_AS_SEEN", "Relay", "original_destination", "outbound_target"]

_CHUNK = 256 * 1024
_SO_ORIGINAL_DST = 80
_UDP_IDLE = 60.0
_MOST_UDP_CLIENTS = 1024

HOST_AS_SEEN = "127.0.0.2"
"""The gateway's address stands for the host. Connecting here reaches what listens on every address of the host, as
with Docker, and nothing that listens on 127.0.0.1 alone."""

Connect = Callable[[], Awaitable[socket.socket]]


def original_destination(connection: socket.socket) -> tuple[str, int]:
    """Where a redirected connection was meant to go (without nf_tables: its own local address)."""
    try:
        raw = connection.getsockopt(socket.IPPROTO_IP, _SO_ORIGINAL_DST, 16)
    except OSError:
        host, port = connection.getsockname()[:2]
        return host, port
    return socket.inet_ntoa(raw[4:8]), struct.unpack_from(">H", raw, 2)[0]


def outbound_target(destination: str, gateway: str, subnets: tuple[str, ...]) -> str | None:
    """The host address to connect to for a container that wants `destination`, or None where it may not go: other
    networks of the project (which are kept apart) and addresses that are not for one machine."""
    if destination == gateway:
        return HOST_AS_SEEN
    address = ipaddress.ip_address(destination)
    if address.is_loopback or address.is_multicast or address.is_unspecified:
        return None
    if any(address in ipaddress.ip_network(subnet) for subnet in subnets):
        return None
    return destination


class Relay:
    """All relays of one owner (a container's ports, a network's way out), ended together by `close`."""

    def __init__(self) -> None:
        self._tasks = Tasks()
        self._listeners: list[socket.socket] = []
        self._transports: list[asyncio.BaseTransport] = []

    def close(self) -> None:
        self._tasks.cancel()
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener.fileno())
            listener.close()
        for transport in self._transports:
            transport.close()
        self._listeners.clear()
        self._transports.clear()

    def accept(self, listener: socket.socket, handle: Callable[[socket.socket], Awaitable[None]]) -> None:
        """Serve each connection of `listener` by `handle`, which owns the connection."""
        self._listeners.append(listener)
        loop = asyncio.get_running_loop()

        def ready() -> None:
            for _ in range(64):
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.setblocking(False)
                self._tasks.begin(_owned(connection, handle))

        loop.add_reader(listener.fileno(), ready)

    def publish_tcp(self, listener: socket.socket, connect: Connect) -> None:
        """Relay every connection to what `connect` gives."""

        async def handle(connection: socket.socket) -> None:
            await join(connection, await connect())

        self.accept(listener, handle)

    async def publish_udp(self, listener: socket.socket, connect: Connect) -> None:
        """Relay datagrams; each client has its own socket to the container, so that answers find the way back."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(connect, self._tasks), sock=listener)
        self._transports.append(transport)


async def _owned(connection: socket.socket, handle: Callable[[socket.socket], Awaitable[None]]) -> None:
    try:
        await handle(connection)
    except OSError:
        # The other side refused or broke off: so does this one.
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    finally:
        connection.close()


async def join(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until both sides have ended, or one breaks off. Nobody waits on a socket any more when it
    is closed: the loop would take the next descriptor of the same number for one that it watches already."""
    pumps = [asyncio.ensure_future(_pump(one, other)), asyncio.ensure_future(_pump(other, one))]
    try:
        for side in (one, other):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(*pumps)
    finally:
        await _ended(*pumps)
        other.close()


async def _ended(*tasks: asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(source: socket.socket, target: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(source, _CHUNK):
        await loop.sock_sendall(target, data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, connect: Connect, tasks: Tasks) -> None:
        self._connect, self._tasks = connect, tasks
        self._clients: dict[tuple[str, int], asyncio.Queue[bytes]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        waiting = self._clients.get(addr)
        if waiting is None:
            if len(self._clients) >= _MOST_UDP_CLIENTS:
                return
            waiting = self._clients[addr] = asyncio.Queue(256)
            self._tasks.begin(self._serve(addr, waiting))
        with suppress(asyncio.QueueFull):
            waiting.put_nowait(data)

    async def _serve(self, client: tuple[str, int], waiting: asyncio.Queue[bytes]) -> None:
        loop = asyncio.get_running_loop()
        try:
            target = await self._connect()
            with target:
                back = asyncio.ensure_future(self._answers(target, client))
                try:
                    while True:
                        data = await asyncio.wait_for(waiting.get(), _UDP_IDLE)
                        await loop.sock_sendall(target, data)
                finally:
                    await _ended(back)
        except (OSError, TimeoutError):
            pass
        finally:
            self._clients.pop(client, None)

    async def _answers(self, target: socket.socket, client: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(ConnectionError):
                self._transport.sendto(await loop.sock_recv(target, 65535), client)
