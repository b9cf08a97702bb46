"""Questions that go on while a release does: ten a second to every published route, each whether or not the one before
it has been answered."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

from longshore.model.record import record
from longshore.model.servers import server_of
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.ship.settings import Settings

__all__ = ["Route", "Watch", "routes_of", "those_that_answer"]

EVERY_SECONDS, PATIENCE_SECONDS, IN_A_ROW = 0.1, 5.0, 3
_URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?::\d+)?(/[^\s'\"|;&)]*)?")


@record
class Route:
    """Where something of a service answers HTTP from outside. `address` is where the URL's host is asked for, before
    any name leads there."""

    service: str
    url: str
    address: str = ""


def routes_of(stack: Stack, settings: Settings, host: str) -> tuple[Route, ...]:
    """The hosts of the settings and the published TCP ports of all that is no database, each with the path of its
    service's health check."""
    scheme = "http" if settings.tls == "off" else "https"
    hosts = tuple(
        Route(service, f"{scheme}://{name}{_path(stack.services[service])}", host)
        for name, (service, _) in settings.hosts.items()
        if service in stack.services and not name.startswith("*")
    )
    return hosts + tuple(
        Route(service.name, f"http://{host}:{port.published}{_path(service)}")
        for service in stack.services.values()
        for port in service.ports
        if port.protocol == "tcp" and port.published.isdigit() and not port.host_ip and not server_of(service)
    )


def _path(service: Service) -> str:
    found = _URL.search(" ".join(service.healthcheck.test)) if service.healthcheck else None
    return (found[1] if found else None) or "/"


async def those_that_answer(routes: Iterable[Route]) -> tuple[Route, ...]:
    """The routes that answer now, with anything but a failure of the server."""
    asked = tuple(routes)
    answers = await asyncio.gather(*(_ask(route) for route in asked))
    return tuple(route for route, trouble in zip(asked, answers, strict=True) if not trouble)


async def _ask(route: Route) -> str:
    """What is wrong with the answer; "" when nothing is."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            status = await _status(route)
    except TimeoutError:
        return f"no answer in {PATIENCE_SECONDS:g} s"
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        return getattr(error, "strerror", "") or str(error) or "the connection ended"
    return f"status {status}" if status >= 500 else ""


async def _status(route: Route) -> int:
    parts = urlsplit(route.url)
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        route.address or parts.hostname,
        parts.port or (443 if secure else 80),
        ssl=_unverified() if secure and route.address else secure or None,
        server_hostname=parts.hostname if secure else None,
    )
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: shore-ship\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        line = await reader.readline()
        if not line.startswith(b"HTTP/"):
            raise ValueError("no HTTP answer" if line else "the connection ended without an answer")
        await reader.read()
        return int(line.split()[1])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@cache
def _unverified() -> ssl.SSLContext:
    """For the question whether something answers: the certificate may be of the proxy's own making. Made once, and
    without the system's authorities, which take long to read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Watch:
    """Asks from `start` to `stop`. `broken` is set when one route has failed three times in a row."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self.asked = self.failed = 0
        self.worst = 0.0
        self.trouble = ""
        self.broken = asyncio.Event()
        self._rows = dict.fromkeys(self.routes, 0)
        self._asking: set[asyncio.Task[None]] = set()
        self._pace: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self.routes:
            self._pace = asyncio.create_task(self._go())

    async def stop(self) -> None:
        """Ask no more, and wait for the answers that are still to come."""
        if self._pace:
            self._pace.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pace
        await asyncio.gather(*self._asking)

    def __str__(self) -> str:
        return f"{self.asked} probes, {self.failed} failed, worst {self.worst * 1000:.0f} ms"

    async def _go(self) -> None:
        next_time = time.monotonic()
        while True:
            for route in self.routes:
                task = asyncio.create_task(self._once(route))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
            next_time += EVERY_SECONDS
            await asyncio.sleep(max(0.0, next_time - time.monotonic()))

    async def _once(self, route: Route) -> None:
        began = time.monotonic()
        trouble = await _ask(route)
        self.asked += 1
        self.worst = max(self.worst, time.monotonic() - began)
        self._rows[route] = self._rows[route] + 1 if trouble else 0
        if trouble:
            self.failed += 1
            self.trouble = f"{route.url}: {trouble}"
            if self._rows[route] >= IN_A_ROW:
                self.broken.set()
