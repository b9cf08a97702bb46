"""What is answered when a request cannot be done: always {"code": …, "detail": …}.

Only the standard library at import: the worker uses Refused without a web framework.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from fastapi.responses import JSONResponse

__all__ = ["Refused", "install"]

log = logging.getLogger("accounts.errors")
RETRY_SECONDS = 2


class Refused(Exception):
    """A request that is answered with an error: its status, a word for programs, a clause for people."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, dict(headers or {})


def too_many(code: str, detail: str, seconds: int) -> Refused:
    return Refused(429, code, detail, {"Retry-After": str(max(1, seconds))})


def unavailable() -> Refused:
    return Refused(
        503, "unavailable", "the service is away for a moment; try again", {"Retry-After": str(RETRY_SECONDS)}
    )


def install(app: "FastAPI") -> None:
    """Answers for everything that a request can raise."""
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from pymongo.errors import PyMongoError
    from redis.exceptions import RedisError
    from starlette.exceptions import HTTPException

    def answer(refused: Refused) -> "JSONResponse":
        return JSONResponse({"code": refused.code, "detail": refused.detail}, refused.status, refused.headers)

    async def on_refused(_: "Request", error: Exception) -> "JSONResponse":
        assert isinstance(error, Refused)
        return answer(error)

    async def on_invalid(_: "Request", error: Exception) -> "JSONResponse":
        assert isinstance(error, RequestValidationError)
        return answer(Refused(422, "invalid", said(error.errors()[0])))

    async def on_http(_: "Request", error: Exception) -> "JSONResponse":
        assert isinstance(error, HTTPException)
        return answer(Refused(error.status_code, "http", str(error.detail).lower(), error.headers))

    async def on_away(request: "Request", error: Exception) -> "JSONResponse":
        log.warning("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, str(error)[:200])
        return answer(unavailable())

    async def on_unexpected(request: "Request", error: Exception) -> "JSONResponse":
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return answer(Refused(500, "internal", "something went wrong here; it has been noted"))

    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(PyMongoError, on_away)
    app.add_exception_handler(RedisError, on_away)
    app.add_exception_handler(Exception, on_unexpected)


def said(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as a clause: "name: String should have at least 1 character"."""
    where = ".".join(str(part) for part in error.get("loc", ()) if part not in ("body", "query", "path"))
    what = str(error.get("msg", "not valid")).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
