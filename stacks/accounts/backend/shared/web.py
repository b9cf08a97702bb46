"""What every web service has: its application, health, the access log, the address of who asks."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from redis.asyncio import Redis
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.shared import errors, logs, security
from backend.shared.config.settings import SharedSettings
from backend.shared.database import Database, connect, database_of

__all__ = ["Service", "application", "caller", "from_a_service"]

log = logging.getLogger("accounts.web")
PROXY = "frontend"
"""The host whose X-Real-IP is believed."""
PROXY_SECONDS = 5.0
Life = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Service:
    """What a service's requests work with."""

    def __init__(self, settings: SharedSettings) -> None:
        self.client = connect(settings)
        self.database: Database = database_of(self.client)
        self.redis: Redis = Redis.from_url(
            settings.redis_url.get_secret_value(),
            decode_responses=True,
            socket_connect_timeout=2,
            socket_timeout=2,
        )
        self.key = settings.jwt_secret_key.get_secret_value()
        self._proxies: tuple[float, frozenset[str]] = (0.0, frozenset())

    async def close(self) -> None:
        await self.client.close()
        await self.redis.aclose()

    async def proxies(self) -> frozenset[str]:
        """The addresses of the front end, looked up again every few seconds: it may be recreated."""
        until, found = self._proxies
        if time.monotonic() > until:
            try:
                answers = await asyncio.get_running_loop().getaddrinfo(PROXY, None, type=socket.SOCK_STREAM)
                found = frozenset(str(answer[4][0]) for answer in answers)
            except OSError:
                found = frozenset()
            self._proxies = (time.monotonic() + PROXY_SECONDS, found)
        return found


def application(title: str, settings: SharedSettings, routers: list[APIRouter], life: Life, prefix: str) -> FastAPI:
    """A FastAPI application whose `state.service` and `state.settings` are set; its own documentation in development."""
    logs.set_up(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.service = Service(settings)
        try:
            async with life(app):
                log.info("%s is ready", title)
                yield
        finally:
            await app.state.service.close()
            log.info("%s has stopped", title)

    shown = {"docs_url": f"{prefix}/docs", "openapi_url": f"{prefix}/openapi.json"} if settings.debug else {}
    hidden = {} if settings.debug else {"docs_url": None, "openapi_url": None}
    app = FastAPI(title=title, version="1.0.0", lifespan=lifespan, redoc_url=None, **shown, **hidden)
    app.state.settings = settings
    errors.install(app)
    for router in (health, *routers):
        app.include_router(router)
    app.add_middleware(AccessLog)
    return app


health = APIRouter(tags=["health"])


@health.get("/health")
async def healthy(request: Request) -> dict[str, Any]:
    """Whether the service and what it needs answer."""
    service: Service = request.app.state.service
    await asyncio.gather(service.database.command("ping"), service.redis.ping())
    return {"status": "ok", "mongo": "ok", "redis": "ok"}


@health.get("/health/live")
async def alive() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "ok"}


async def caller(request: Request) -> str:
    """The address of who asks; what the front end says of it is believed, what anyone else says is not."""
    peer = request.client.host if request.client else ""
    said = request.headers.get("x-real-ip", "")
    return said if said and peer in await request.app.state.service.proxies() else peer


async def from_a_service(request: Request, authorization: Annotated[str, Header()] = "") -> str:
    """The name of the service that asks; the token is one that only services can make."""
    return security.read("service", request.app.state.service.key, authorization.removeprefix("Bearer ")).subject


class AccessLog:
    """A line a request: method, path without its query, status, time. Health checks only when they fail."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.log = logging.getLogger("accounts.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            if status >= 400 or not scope["path"].startswith("/health"):
                took = (time.perf_counter() - began) * 1000
                self.log.info("%s %s %d %.0fms", scope["method"], scope["path"], status, took)


Asker = Annotated[str, Depends(from_a_service)]
