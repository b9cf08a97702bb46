"""Every refusal has a status, a code for programs and a sentence for people."""

import errno
import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import DiskFull
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

log = logging.getLogger("gallery.errors")

RETRY_SECONDS = 2
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class Refused(HTTPException):
    """The request is understood and not carried out.

    An HTTPException, because FastAPI turns any other error met while it reads a body into a bare 400.
    """

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.code = code


def not_found(what: str) -> Refused:
    """Also the answer for what is there but not for you: its existence is nobody else's business."""
    return Refused(404, "not_found", f"there is no such {what}")


def answer(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code, "detail": detail}, status_code=status, headers=headers)


def is_outage(error: Exception) -> bool:
    """Is it the database that is away, rather than a statement that is wrong?"""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    return isinstance(getattr(error, "orig", None), DiskFull)


def no_space() -> JSONResponse:
    return answer(507, "no_space", "the gallery's storage is full; nothing was saved")


def outage() -> JSONResponse:
    return answer(
        503, "unavailable", "the database is away for a moment; try again", {"Retry-After": str(RETRY_SECONDS)}
    )


async def on_refused(_: Request, error: Refused) -> JSONResponse:
    return answer(error.status_code, error.code, error.detail, dict(error.headers or {}))


async def on_http(_: Request, error: HTTPException) -> JSONResponse:
    return answer(error.status_code, "http", str(error.detail), dict(error.headers or {}))


async def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    """Names the field and what is wrong with it; never echoes the value, which may be a password."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return answer(422, "invalid", f"{where}: {first['msg'].removeprefix('Value error, ')}")


async def on_database(request: Request, error: Exception) -> JSONResponse:
    if is_disk_full(error):
        log.error("the database's disk is full: %s %s", request.method, request.url.path)
        return no_space()
    if is_outage(error):
        log.warning("no database for %s %s: %s", request.method, request.url.path, type(error).__name__)
        return outage()
    return broken(request, error)


async def on_os_error(request: Request, error: Exception) -> JSONResponse:
    if is_disk_full(error):
        log.error("the upload volume is full: %s %s", request.method, request.url.path)
        return no_space()
    return broken(request, error)


def broken(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error in %s %s", request.method, request.url.path, exc_info=error)
    return answer(500, "internal", "something broke on our side; it is in the log")


async def on_unexpected(_: Request, __: Exception) -> JSONResponse:
    """The last resort. Starlette raises the error again after this, and the server logs it with its traceback."""
    return answer(500, "internal", "something broke on our side; it is in the log")


def install(app: FastAPI) -> None:
    """The table of what is answered to what."""
    app.add_exception_handler(Refused, on_refused)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, on_http)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, on_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(DBAPIError, on_database)
    app.add_exception_handler(PoolTimeout, on_database)
    app.add_exception_handler(OSError, on_os_error)
    app.add_exception_handler(Exception, on_unexpected)
