"""Signing up, in and out.

The access token is in the answer's body and lives in the page's memory. The refresh token is in a cookie that
scripts cannot read and that is sent to this prefix only, and only by our own pages (SameSite=Strict).
"""

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from app import accounts, ratelimit, sessions
from app.clients import client_of
from app.db import Db
from app.deps import Config, CurrentUser
from app.errors import Refused
from app.models import User
from app.schemas import Credentials, LinkToken, Person, Registration, SignedIn
from app.sessions import Pair
from app.settings import Settings
from app.tokens import password_matches, unauthorised

router = APIRouter(prefix="/api/auth", tags=["sign-in"])

COOKIE = "gallery_refresh"
COOKIE_PATH = "/api/auth"


def hand_over(request: Request, response: Response, settings: Settings, pair: Pair) -> SignedIn:
    response.set_cookie(
        COOKIE,
        pair.refresh,
        max_age=pair.refresh_seconds,
        path=COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=client_of(request).secure,
    )
    response.headers["Cache-Control"] = "no-store"
    user = Person.model_validate(pair.user)
    return SignedIn(access_token=pair.access, expires_in=settings.access_token_seconds, user=user)


@router.post("/register", status_code=201)
def register(body: Registration, request: Request, response: Response, db: Db, settings: Config) -> SignedIn:
    ratelimit.take(db, ratelimit.REGISTER_ADDRESS, client_of(request).address)
    user = accounts.register(db, body.username, body.display_name or body.username, body.password)
    if user is None:
        raise Refused(409, "name_taken", "this user name is taken")
    return hand_over(request, response, settings, sessions.sign_in(db, settings, user))


@router.post("/login")
def login(body: Credentials, request: Request, response: Response, db: Db, settings: Config) -> SignedIn:
    address = client_of(request).address
    account = f"{body.username}@{address}"  # with the address: nobody can lock someone else out
    ratelimit.take(db, ratelimit.LOGIN_ADDRESS, address)
    ratelimit.take(db, ratelimit.LOGIN_ACCOUNT, account)
    user = db.scalar(select(User).where(User.username == body.username))
    if not password_matches(user.password_hash if user else None, body.password) or user is None:
        raise Refused(401, "wrong_credentials", "the user name or the password is wrong")
    ratelimit.forget(db, ratelimit.LOGIN_ACCOUNT, account)
    ratelimit.take_back(db, ratelimit.LOGIN_ADDRESS, address)
    return hand_over(request, response, settings, sessions.sign_in(db, settings, user))


@router.post("/link")
def login_by_link(body: LinkToken, request: Request, response: Response, db: Db, settings: Config) -> SignedIn:
    """Sign in by a one-time link from the messenger."""
    ratelimit.take(db, ratelimit.LINK_ADDRESS, client_of(request).address)
    return hand_over(request, response, settings, sessions.use_login_link(db, settings, body.token))


@router.post("/refresh")
def refresh(request: Request, response: Response, db: Db, settings: Config) -> SignedIn:
    token = request.cookies.get(COOKIE)
    if not token:
        raise unauthorised("not_signed_in", "sign in first")
    return hand_over(request, response, settings, sessions.refresh(db, settings, token))


@router.post("/logout", status_code=204)
def logout(me: CurrentUser, response: Response, db: Db) -> None:
    sessions.revoke(db, me.session_id, "signed out")
    response.delete_cookie(COOKIE, path=COOKIE_PATH)


@router.post("/logout-everywhere", status_code=204)
def logout_everywhere(me: CurrentUser, response: Response, db: Db) -> None:
    sessions.revoke_all(db, me.id, "signed out everywhere")
    response.delete_cookie(COOKIE, path=COOKIE_PATH)


@router.get("/me")
def who_am_i(me: CurrentUser) -> Person:
    return Person.model_validate(me.user)
