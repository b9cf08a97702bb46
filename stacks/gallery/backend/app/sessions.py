"""Sign-ins: a session per sign-in, refresh tokens that rotate, and what happens when one is used twice."""

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session as Db

from app import tokens
from app.models import LoginLink, RefreshToken, Session, User
from app.settings import Settings
from app.tokens import Claims, unauthorised

log = logging.getLogger("gallery.sessions")


@dataclass(frozen=True)
class Pair:
    """What a sign-in or a refresh yields."""

    user: User
    access: str
    refresh: str
    refresh_seconds: int


def _pair(db: Db, settings: Settings, user: User, session: Session) -> Pair:
    """New tokens within a session. The refresh token never outlives the session's own end."""
    token_id = uuid4()
    db.add(RefreshToken(id=token_id, session_id=session.id))
    claims = Claims(user.id, session.id, token_id)
    left = max(1, int((session.expires_at - datetime.now(UTC)).total_seconds()))
    access = tokens.issue("access", settings.secret_key.get_secret_value(), claims, settings.access_token_seconds)
    refresh = tokens.issue("refresh", settings.refresh_secret_key.get_secret_value(), claims, left)
    return Pair(user, access, refresh, left)


def sign_in(db: Db, settings: Settings, user: User) -> Pair:
    """Open a session. Commits."""
    session = Session(user_id=user.id, expires_at=datetime.now(UTC) + timedelta(seconds=settings.refresh_token_seconds))
    db.add(session)
    db.flush()
    pair = _pair(db, settings, user, session)
    db.commit()
    return pair


def refresh(db: Db, settings: Settings, token: str) -> Pair:
    """Exchange a refresh token for a new pair. Commits.

    A token used before, longer ago than the leeway, is in two hands: the whole session ends
    (RFC 9700, section 4.14.2), so that neither the thief nor the owner goes on unnoticed.
    """
    claims = tokens.read("refresh", settings.refresh_secret_key.get_secret_value(), token)
    row = db.execute(
        select(RefreshToken, Session, User)
        .join(Session, RefreshToken.session_id == Session.id)
        .join(User, Session.user_id == User.id)
        .where(RefreshToken.id == claims.token_id)
        .with_for_update(of=RefreshToken)
    ).one_or_none()
    if row is None or row.Session.id != claims.session_id or row.User.id != claims.user_id:
        raise unauthorised("token_invalid", "the refresh token is not known")
    if row.Session.revoked_at is not None:
        raise unauthorised("session_ended", "this session has ended; sign in again")
    now = datetime.now(UTC)
    if row.RefreshToken.used_at is None:
        row.RefreshToken.used_at = now
    elif now - row.RefreshToken.used_at > timedelta(seconds=settings.refresh_leeway_seconds):
        revoke(db, row.Session.id, "a refresh token was used twice")
        log.warning("refresh token of session %s was used twice: the session is ended", row.Session.id)
        raise unauthorised("token_reused", "this session was ended for safety: its token was used twice; sign in again")
    pair = _pair(db, settings, row.User, row.Session)
    db.commit()
    return pair


def revoke(db: Db, session_id: UUID, reason: str) -> None:
    """End one session: its access tokens too, at once. Commits."""
    _revoke(db, Session.id == session_id, reason)


def revoke_all(db: Db, user_id: UUID, reason: str) -> None:
    """End every session of a person. Commits."""
    _revoke(db, Session.user_id == user_id, reason)


def _revoke(db: Db, which: object, reason: str) -> None:
    live = update(Session).where(which, Session.revoked_at.is_(None))  # type: ignore[arg-type]
    db.execute(live.values(revoked_at=datetime.now(UTC), revoked_reason=reason))
    db.commit()


def signed_in(db: Db, settings: Settings, token: str) -> tuple[User, UUID]:
    """The person and the session an access token stands for; Refused(401) when either is gone. Commits."""
    claims = tokens.read("access", settings.secret_key.get_secret_value(), token)
    user = db.scalar(
        select(User)
        .join(Session, Session.user_id == User.id)
        .where(Session.id == claims.session_id, User.id == claims.user_id, Session.revoked_at.is_(None))
    )
    db.commit()  # gives the connection back: what follows may be a slow upload
    if user is None:
        raise unauthorised("session_ended", "this session has ended; sign in again")
    return user, claims.session_id


def make_login_link(db: Db, settings: Settings, user: User) -> str:
    """The address of a one-time login. Commits.

    The token is in the fragment: browsers send it to no server, so no log on the way has it.
    """
    token = secrets.token_urlsafe(32)
    expires = datetime.now(UTC) + timedelta(seconds=settings.login_link_seconds)
    db.add(LoginLink(digest=tokens.digest_of(token), user_id=user.id, expires_at=expires))
    db.commit()
    return f"{settings.public_url.rstrip('/')}/login/max#{token}"


def use_login_link(db: Db, settings: Settings, token: str) -> Pair:
    """Sign in by a link, once. Commits."""
    now = datetime.now(UTC)
    user_id = db.scalar(
        update(LoginLink)
        .where(LoginLink.digest == tokens.digest_of(token), LoginLink.used_at.is_(None), LoginLink.expires_at > now)
        .values(used_at=now)
        .returning(LoginLink.user_id)
    )
    user = db.get(User, user_id) if user_id else None
    if user is None:
        raise unauthorised("link_invalid", "this link was used or has expired; send /start to the bot for a new one")
    return sign_in(db, settings, user)
