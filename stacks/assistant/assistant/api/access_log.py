"""One line per request: method, path, status, time. Never the query, which may be what somebody looks for."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("assistant.access")

QUIET_PATHS = {"/health", "/health/live", "/metrics"}


class AccessLog:
    """ASGI middleware, outermost: it sees what was really answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            level = logging.DEBUG if scope["path"] in QUIET_PATHS and status < 400 else logging.INFO
            took = (time.perf_counter() - began) * 1000
            path = scope["path"].encode("unicode_escape").decode()[:200]
            log.log(level, "%s %s %d %.0f ms", scope["method"], path, status, took)
