"""Health probes: the declared test, run in the container, or answered from here where it comes to a plain question
(plain.py)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from longshore.health.monitor import ProbeResult
from longshore.native.agent.health.plain import PlainProbe, plain, program
from longshore.native.agent.network.hub import Hub
from longshore.native.image.model import Client
from longshore.native.shared.spec import ContainerSpec

__all__ = ["CHEAP", "Probed", "offers", "probe", "question"]


_SHELL = ("/bin/sh", "-c")
"""As on Docker, where a Dockerfile's SHELL does not reach the health check."""

CHEAP = 0.005
"""The least pause, in seconds, between two probes that need no process."""


class Probed(Protocol):
    """A container that is asked for its health."""

    @property
    def spec(self) -> ContainerSpec: ...

    @property
    def network(self) -> int:
        """A descriptor of its network namespace; -1 when it is the host's."""

    def can_execute(self, program: str) -> bool:
        """Whether it has a program of this name."""

    async def run_captured(self, argv: tuple[str, ...], timeout: float) -> tuple[int, str]:
        """Run a command in it: (exit code, what it wrote)."""


def offers(container: Probed) -> int:
    """The port that others use, where the container's test may pass before it is open; else 0."""
    return container.spec.server.offers if container.spec.server else 0


def question(container: Probed, test: tuple[str, ...]) -> PlainProbe | None:
    """What the test of `container` comes to, where it can be asked from here; None when it needs a process, as one
    whose program the container lacks does: it fails."""
    if container.network < 0:
        return None
    found = plain(test, container.spec.environment, _client(container))
    return found if found and container.can_execute(program(test)) else None


def _client(container: Probed) -> Client | None:
    return container.spec.server.client if container.spec.server else None


async def probe(container: Probed, hub: Hub, test: tuple[str, ...], timeout: float) -> ProbeResult:
    """One probe of `container`. Never raises for a failing one."""
    found = question(container, test)
    answer = await _ask(container, hub, found, timeout) if found else None
    if answer:
        return answer
    argv = test[1:] if test[0] == "CMD" else (*_SHELL, *test[1:])
    code, output = await container.run_captured(argv, timeout)
    return ProbeResult(code, output)


async def _ask(container: Probed, hub: Hub, wanted: PlainProbe, timeout: float) -> ProbeResult | None:
    """None when the answer is one that the program itself must judge: wget follows a redirect, and some
    clients ask a socket file, where there may be an answer although nobody listens on the port."""
    try:
        async with asyncio.timeout(timeout):
            connection = await _connection(container.network, hub, wanted)
            with connection:
                return await _TALKS[wanted.kind](connection, wanted)
    except TimeoutError:
        return ProbeResult(-1, f"no answer from port {wanted.port} within {timeout:g} s")
    except OSError as error:
        if wanted.client and wanted.client.sockets:
            return None
        return ProbeResult(1, f"port {wanted.port}: {error.strerror or error}")


async def _connection(network: int, hub: Hub, wanted: PlainProbe) -> socket.socket:
    """As the program would: "localhost" is 127.0.0.1 and ::1, in the order of the container's /etc/hosts."""
    loop, failure = asyncio.get_running_loop(), OSError(0, "no address")
    addresses = ["127.0.0.1", "::1"] if wanted.host.startswith("localhost") else ["127.0.0.1"]
    for address in addresses:
        connection = await hub.socket_in(network, ipv6=":" in address)
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


async def _ask_as(connection: socket.socket, wanted: PlainProbe) -> ProbeResult:
    """Ask what the server's own client would, and judge the answer as it does."""
    client = wanted.client
    assert client is not None
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, wanted.ask.encode("latin-1"))
    answer = (await loop.sock_recv(connection, 4096)).decode("latin-1")
    if not answer:
        return ProbeResult(client.silent, f"port {wanted.port}: the server closed the connection")
    if client.refuses and client.refuses in answer:
        return ProbeResult(1, client.unhealthy or answer.strip())
    return ProbeResult(0, client.healthy or answer.strip().lstrip("+-"))


_TALKS: Mapping[str, Callable[[socket.socket, PlainProbe], Awaitable[ProbeResult | None]]] = {
    "port": _nothing,
    "http": _http,
    "client": _ask_as,
}
