"""Health probes: the declared test, run in the container, or answered from here where it comes to a plain question
(plain.py)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from longshore.health.monitor import ProbeResult
from longshore.native.agent.plain import PlainProbe, plain

if TYPE_CHECKING:
    from longshore.native.agent.container import Supervised

__all__ = ["CHEAP", "offers", "probe", "question"]


CHEAP = 0.005
"""The least pause, in seconds, between two probes that need no process."""

_OFFERED: Mapping[str, int] = {"rabbitmq": 5672}
"""The port of servers whose usual test passes before they take connections: RabbitMQ's node answers a ping a second
before its broker has started. Docker first asks after the interval, which hides it."""


def offers(container: Supervised) -> int:
    """The port that others use, where the container's test may pass before it is open; else 0."""
    return _OFFERED.get(_kind(container), 0)


def _kind(container: Supervised) -> str:
    return container.spec.server.kind if container.spec.server else ""


def question(container: Supervised, test: tuple[str, ...]) -> PlainProbe | None:
    """What the test of `container` comes to, where it can be asked from here; None when it needs a process."""
    if container.network < 0:
        return None
    return plain(test, frozenset(container.spec.environment), _kind(container))


async def probe(container: Supervised, test: tuple[str, ...], timeout: float) -> ProbeResult:
    """One probe of `container`. Never raises for a failing one."""
    found = question(container, test)
    answer = await _ask(container, found, timeout) if found else None
    if answer:
        return answer
    argv = test[1:] if test[0] == "CMD" else (*container.spec.shell, *test[1:])
    code, output = await container.run_captured(argv, timeout)
    return ProbeResult(code, output)


async def _ask(container: Supervised, wanted: PlainProbe, timeout: float) -> ProbeResult | None:
    """None when the answer is one that the program itself must judge: wget follows a redirect, and pg_isready asks a
    socket file, where there may be an answer although nobody listens on the port."""
    try:
        async with asyncio.timeout(timeout):
            connection = await _connection(container, wanted)
            with connection:
                return await _TALKS[wanted.kind](connection, wanted)
    except TimeoutError:
        return ProbeResult(-1, f"no answer from port {wanted.port} within {timeout:g} s")
    except OSError as error:
        if wanted.kind == "postgres":
            return None
        return ProbeResult(1, f"port {wanted.port}: {error.strerror or error}")


async def _connection(container: Supervised, wanted: PlainProbe) -> socket.socket:
    """As the program would: "localhost" is 127.0.0.1 and ::1, in the order of the container's /etc/hosts."""
    loop, failure = asyncio.get_running_loop(), OSError(0, "no address")
    addresses = ["127.0.0.1", "::1"] if wanted.host.startswith("localhost") else ["127.0.0.1"]
    for address in addresses:
        connection = await container.project.hub.socket_in(container.network, ipv6=":" in address)
        try:
            await loop.sock_connect(connection, (address, wanted.port))
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure


async def _nothing(connection: socket.socket, wanted: PlainProbe) -> ProbeResult:
    del connection, wanted
    return ProbeResult(0)


async def _http(connection: socket.socket, wanted: PlainProbe) -> ProbeResult | None:
    loop = asyncio.get_running_loop()
    head = (
        f"{wanted.method} {wanted.path} HTTP/1.1\r\nHost: {wanted.host}\r\n"
        "User-Agent: shore\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )
    await loop.sock_sendall(connection, head.encode())
    data = b""
    while b"\r\n" not in data and len(data) < 65536:
        chunk = await loop.sock_recv(connection, 4096)
        if not chunk:
            break
        data += chunk
    line = data.partition(b"\r\n")[0].decode("latin-1")
    words = line.split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return ProbeResult(1, f"port {wanted.port}: no HTTP answer")
    status = int(words[1])
    if wanted.method == "HEAD" and status >= 300:
        return None
    return ProbeResult(0 if status < 400 else 22, line)


_ACCEPTING = ProbeResult(0, "accepting connections")
_REJECTING = ProbeResult(1, "rejecting connections")
_STARTING_UP = b"C57P03\0"
"""The field of PostgreSQL's error message that says cannot_connect_now, while it starts, recovers or shuts down."""


async def _postgres(connection: socket.socket, wanted: PlainProbe) -> ProbeResult:
    """As libpq's PQping does: whatever the server answers to a start packet, it takes connections, unless it says that
    it cannot now."""
    loop = asyncio.get_running_loop()
    words = b"user\0postgres\0database\0postgres\0application_name\0pg_isready\0\0"
    version = 3 << 16
    packet = (8 + len(words)).to_bytes(4, "big") + version.to_bytes(4, "big") + words
    await loop.sock_sendall(connection, packet)
    answer = await loop.sock_recv(connection, 4096)
    if not answer:
        return ProbeResult(2, f"port {wanted.port}: no response")
    return _REJECTING if answer.startswith(b"E") and _STARTING_UP in answer else _ACCEPTING


async def _redis(connection: socket.socket, wanted: PlainProbe) -> ProbeResult:
    """As redis-cli does, which is content with any reply, an error also."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, b"*1\r\n$4\r\nPING\r\n")
    answer = await loop.sock_recv(connection, 4096)
    if not answer:
        return ProbeResult(1, f"port {wanted.port}: the server closed the connection")
    return ProbeResult(0, answer.decode("utf-8", "replace").strip().removeprefix("+").removeprefix("-"))


_TALKS: Mapping[str, Callable[[socket.socket, PlainProbe], Awaitable[ProbeResult | None]]] = {
    "port": _nothing,
    "http": _http,
    "postgres": _postgres,
    "redis": _redis,
}
