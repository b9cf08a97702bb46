"""The project's own network: a thread that lives in a network namespace with one bridge per Compose network.

A network namespace belongs to a thread, descriptors to the process: sockets made here are used by the main loop as
they are. Nothing is forwarded between bridges; the way out is a relay (relay.py), for TCP by a redirect rule."""

from __future__ import annotations

import asyncio
import os
import queue
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from longshore.model.record import record
from longshore.native.kernel.netlink import (
    Netlink,
    add_address,
    add_bridge,
    add_veth,
    delete_link,
    link_up,
    local_route,
)
from longshore.native.kernel.nftables import add_redirect_table, redirect
from longshore.native.kernel.sockets import SOCKET_DIAGNOSIS
from longshore.native.kernel.syscalls import CLONE_NEWNET, setns, unshare

__all__ = ["Attachment", "Hub", "hardware_address"]

T = TypeVar("T")

_SYSCTLS = {
    "ipv4/ip_forward": "0",
    "ipv4/conf/all/rp_filter": "1",
    "ipv4/conf/default/rp_filter": "1",
    "bridge/bridge-nf-call-iptables": "0",
    "ipv6/conf/all/disable_ipv6": "1",
    "ipv6/conf/default/disable_ipv6": "1",
}
_WELL_KNOWN = (
    21,
    22,
    25,
    80,
    443,
    465,
    587,
    993,
    1433,
    3306,
    5432,
    5672,
    6379,
    8000,
    8080,
    8443,
    9000,
    9092,
    9418,
    27017,
)
_POOL = 8
_LOOPBACK = 1


def hardware_address(address: str) -> bytes:
    """The MAC that Docker gives an address, so that neighbours need not learn a new one after a restart."""
    return b"\x02\x42" + socket.inet_aton(address)


@record
class Attachment:
    """One veth to make: its end on `bridge`, and the end called `interface` inside."""

    bridge: str
    interface: str
    mac: bytes


class Hub:
    """`redirects` tells whether any TCP port has a way out, or only well-known ones (no nf_tables here)."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, name="hub", daemon=True)
        self._pool: deque[socket.socket] = deque()
        self._numbers = 0
        self._home = -1
        self.redirects = True

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        await self._call(self._prepare)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join(2)
        while self._pool:
            self._pool.popleft().close()

    async def _call(self, job: Callable[[], T]) -> T:
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put((job, future))
        return await future

    def _live(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, future = item
            try:
                result = job()
            except BaseException as error:
                self._loop.call_soon_threadsafe(_settle, future, None, error)
            else:
                self._loop.call_soon_threadsafe(_settle, future, result, None)

    def _prepare(self) -> None:
        unshare(CLONE_NEWNET)
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        for path, value in _SYSCTLS.items():
            with suppress(OSError):
                Path("/proc/sys/net", path).write_text(value, encoding="ascii")
        with Netlink() as netlink:
            netlink.send([link_up(_LOOPBACK)])
            try:
                add_redirect_table()
            except OSError:
                self.redirects = False
                netlink.send([local_route(_LOOPBACK)])

    async def add_network(self, gateway: str, prefix: int, *, internal: bool) -> tuple[str, list[socket.socket]]:
        """Make a bridge with the gateway's address; its name, and the listening sockets of its way out."""
        self._numbers += 1
        name = f"br{self._numbers}"
        return name, await self._call(lambda: self._add_network(name, gateway, prefix, internal))

    def _add_network(self, name: str, gateway: str, prefix: int, internal: bool) -> list[socket.socket]:
        with Netlink() as netlink:
            netlink.send([add_bridge(name, hardware_address(gateway))])
            index = socket.if_nametoindex(name)
            netlink.send([add_address(index, gateway, prefix), link_up(index)])
        if internal:
            return []
        if self.redirects:
            listener = _listener(gateway, 0)
            redirect({name: listener.getsockname()[1]})
            return [listener]
        return [_listener("0.0.0.0", port, name) for port in _WELL_KNOWN]

    async def remove_network(self, bridge: str) -> None:
        def remove() -> None:
            with Netlink() as netlink, suppress(OSError):
                netlink.send([delete_link(bridge)])

        await self._call(remove)

    async def attach(self, pid: int, attachments: list[Attachment]) -> None:
        """Make the veths of the container whose first process is `pid`."""
        if attachments:
            await self._call(lambda: self._attach(pid, attachments))

    def _attach(self, pid: int, attachments: list[Attachment]) -> None:
        namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            with Netlink() as netlink:
                netlink.send(
                    add_veth(f"v{pid}.{number}", socket.if_nametoindex(a.bridge), a.interface, namespace, a.mac)
                    for number, a in enumerate(attachments)
                )
        finally:
            os.close(namespace)

    async def tcp_socket(self) -> socket.socket:
        """A TCP socket of the hub's network, from a small store so that most callers do not wait."""
        if not self._pool:
            self._pool.extend(await self._call(_sockets))
        return self._pool.popleft()

    async def udp_socket(self) -> socket.socket:
        return await self._call(lambda: _unblocked(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))

    async def socket_in(self, namespace: int, *, ipv6: bool = False) -> socket.socket:
        """A TCP socket of another network namespace: what it connects to, a process there would reach."""
        family = socket.AF_INET6 if ipv6 else socket.AF_INET
        return await self._call(lambda: _unblocked(self._made_in(namespace, family, socket.SOCK_STREAM, 0)))

    async def diagnosis_in(self, namespace: int) -> socket.socket:
        """A netlink socket that tells which sockets another network namespace has (kernel/sockets.py)."""
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
        return await self._call(lambda: self._made_in(namespace, socket.AF_NETLINK, kind, SOCKET_DIAGNOSIS))

    def _made_in(self, namespace: int, family: int, kind: int, protocol: int) -> socket.socket:
        try:
            setns(namespace, CLONE_NEWNET)
            return socket.socket(family, kind, protocol)
        finally:
            setns(self._home, CLONE_NEWNET)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _sockets() -> list[socket.socket]:
    return [_unblocked(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) for _ in range(_POOL)]


def _unblocked(made: socket.socket) -> socket.socket:
    made.setblocking(False)
    return made


def _listener(address: str, port: int, device: str = "") -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if device:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.listen(512)
    return _unblocked(made)
