"""Signing in and out. The refresh token lives in a cookie that scripts cannot read."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Header, Response
from starlette.requests import Request

from app import passwords
from app.office import office
from app.routes.accounts import At, From, shown
from app.sessions import Pair
from app.words import Entry, Leaving
from backend.shared.errors import Refused
from backend.shared.mail import Mail
from backend.shared.security import Claims, read, unauthorised

router = APIRouter(prefix="/api/auth", tags=["entry"])
log = logging.getLogger("accounts.entry")
COOKIE = "refresh"
PATH = "/api/auth"


async def claims(request: Request, authorization: Annotated[str, Header()] = "") -> Claims:
    """Of the access token that the request brings."""
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Refused(401, "sign_in", "sign in first", {"WWW-Authenticate": "Bearer"})
    return await office(request).sessions.signed_in(token)


Me = Annotated[Claims, Depends(claims)]


def answered(pair: Pair, request: Request, response: Response) -> dict[str, Any]:
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(
        COOKIE, pair.refresh, max_age=pair.refresh_seconds, path=PATH, httponly=True, samesite="strict", secure=secure
    )
    response.headers["Cache-Control"] = "no-store"
    return {"access_token": pair.access, "expires_in": pair.access_seconds, "account": shown(pair.account)}


@router.post("/login")
async def login(at: At, address: From, entry: Entry, request: Request, response: Response) -> dict[str, Any]:
    await at.limits.before_password(entry.email, address)
    account = await at.store.account_of(entry.email)
    if not await passwords.matches(account["password"] if account else None, entry.password):
        if await at.limits.wrong_password(entry.email, address) and account is not None:
            log.warning("account %s is locked", account["_id"])
            await at.mailing.send(account["_id"], Mail("locked", account["email"], account["name"]))
        raise Refused(401, "wrong", "the address or the password is wrong")
    assert account is not None
    if account["verified_at"] is None:
        raise Refused(403, "not_verified", "follow the link in the mail first: the address is not verified")
    await at.limits.forgive(entry.email)
    return answered(await at.sessions.sign_in(account), request, response)


@router.post("/refresh")
async def refresh(
    at: At, request: Request, response: Response, token: Annotated[str, Cookie(alias=COOKIE)] = ""
) -> dict[str, Any]:
    if not token:
        raise unauthorised("sign_in", "sign in first")
    return answered(await at.sessions.refresh(token), request, response)


@router.post("/logout", status_code=204)
async def logout(
    at: At, leaving: Leaving, response: Response, token: Annotated[str, Cookie(alias=COOKIE)] = ""
) -> None:
    """By the cookie, so that it works after the access token has run out. Twice is no error."""
    response.delete_cookie(COOKIE, path=PATH)
    if not token:
        return
    try:
        held = read("refresh", at.sessions.key, token)
    except Refused:
        return
    which = {"account": held.subject} if leaving.everywhere else {"_id": held.session}
    await at.sessions.end(which, "signed out everywhere" if leaving.everywhere else "signed out")


@router.get("/me")
async def me(at: At, who: Me) -> dict[str, Any]:
    account = await at.store.account(who.subject)
    if account is None:
        raise unauthorised("session_ended", "this account is gone")
    return shown(account)


__all__ = ["router"]
