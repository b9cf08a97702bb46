"""Who may come in: whoever knows the dashboard's password, or everybody where none is set.

Signing in gives a cookie that scripts cannot read. It says until when it holds, signed with SECRET_KEY and the password,
so that it cannot be made elsewhere and a new password ends all that came in by the old one.
"""

import hashlib
import hmac
import time
from collections import deque
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from assistant.api.errors import Refused
from assistant.settings import Settings

router = APIRouter(prefix="/api/session", tags=["session"])

COOKIE = "assistant_session"
SESSION_SECONDS = 7 * 24 * 3600
TRIES, TRIES_SECONDS = 10, 60
"""Wrong passwords that are looked at within so many seconds, from everybody together: there is one password."""


class Doors:
    def __init__(self, settings: Settings) -> None:
        self._password = settings.dashboard_password.get_secret_value()
        self._key = f"{settings.secret_key.get_secret_value()}:{self._password}".encode()
        self._wrong: deque[float] = deque(maxlen=TRIES)

    @property
    def are_open(self) -> bool:
        return not self._password

    def lets_in(self, cookie: str | None) -> bool:
        if self.are_open:
            return True
        until, _, signature = (cookie or "").partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(until).encode()):
            return False
        return until.isdigit() and int(until) > time.time()

    def cookie(self, password: str) -> str:
        """A cookie for the right password; Refused for a wrong one, or for too many."""
        now = time.monotonic()
        if len(self._wrong) == TRIES and (wait := self._wrong[0] + TRIES_SECONDS - now) > 0:
            raise Refused(429, "too_many", "too many attempts", {"Retry-After": str(int(wait) + 1)})
        if not hmac.compare_digest(password.encode(), self._password.encode()):
            self._wrong.append(now)
            raise Refused(401, "wrong_password", "the password is wrong")
        until = str(int(time.time()) + SESSION_SECONDS)
        return f"{until}.{self._sign(until)}"

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


class Password(BaseModel):
    password: Annotated[str, Field(min_length=1, max_length=200)]


def visitor(request: Request) -> None:
    """A dependency of everything that shows or says something."""
    if not doors_of(request).lets_in(request.cookies.get(COOKIE)):
        raise Refused(401, "sign_in", "sign in first")


Visitor = Depends(visitor)


def doors_of(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


@router.get("")
def who(request: Request) -> dict[str, bool]:
    doors = doors_of(request)
    return {"signed_in": doors.lets_in(request.cookies.get(COOKIE)), "password": not doors.are_open}


@router.post("")
def sign_in(request: Request, response: Response, given: Password) -> dict[str, bool]:
    doors = doors_of(request)
    if not doors.are_open:
        secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        response.set_cookie(
            COOKIE,
            doors.cookie(given.password),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=secure,
        )
    return {"signed_in": True}


@router.delete("")
def sign_out(response: Response) -> dict[str, bool]:
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return {"signed_in": False}
