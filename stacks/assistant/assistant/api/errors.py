"""Every refusal has a status, a code for programs and a sentence for people."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

log = logging.getLogger("assistant.api")

RETRY_SECONDS = 2


class Refused(Exception):
    """The request is understood and not carried out."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


def answer(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code, "detail": detail}, status_code=status, headers=headers)


async def on_refused(_: Request, error: Refused) -> JSONResponse:
    return answer(error.status, error.code, error.detail, error.headers)


async def on_http(_: Request, error: HTTPException) -> JSONResponse:
    return answer(error.status_code, "http", str(error.detail), dict(error.headers or {}))


async def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    """Names the field and what is wrong with it; never echoes the value, which may be a password."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return answer(422, "invalid", f"{where}: {first['msg'].removeprefix('Value error, ')}")


async def on_database(request: Request, error: DBAPIError) -> JSONResponse:
    log.error("no database for %s %s: %s", request.method, request.url.path, error.orig)
    return answer(503, "unavailable", "the database does not answer; try again", {"Retry-After": str(RETRY_SECONDS)})


async def on_unexpected(_: Request, __: Exception) -> JSONResponse:
    """The last resort. Starlette raises the error again after this, and the server logs it with its traceback."""
    return answer(500, "internal", "something broke on our side; it is in the log")


def install(app: FastAPI) -> None:
    """The table of what is answered to what."""
    app.add_exception_handler(Refused, on_refused)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, on_http)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, on_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(DBAPIError, on_database)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, on_unexpected)
