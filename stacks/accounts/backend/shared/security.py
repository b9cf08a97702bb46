"""Signed tokens. Pure: no database.

Every kind is signed with a key of its own, derived from JWT_SECRET_KEY, so that a token of one kind is never taken for
another, whatever it claims.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt

from backend.shared.errors import Refused

__all__ = ["Claims", "Kind", "digest_of", "issue", "read", "service_token"]

ALGORITHM = "HS256"
ISSUER = "accounts"
SERVICE_SECONDS = 60
Kind = Literal["access", "refresh", "service"]


@dataclass(frozen=True)
class Claims:
    """What a checked token says: whose it is (a service's name for "service"), in which session, its own id, and the
    person's name as it was when the token was made."""

    subject: str
    session: str
    token: str
    name: str = ""


def derive(key: str, purpose: str) -> bytes:
    return hmac.digest(key.encode(), f"{ISSUER}:{purpose}".encode(), hashlib.sha256)


def digest_of(secret: str) -> str:
    """What is stored of a one-time token, and what stands for an address in a counter's name."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(kind: Kind, key: str, claims: Claims, seconds: float, now: datetime | None = None) -> str:
    now = now or datetime.now(UTC)
    body: dict[str, Any] = {
        "iss": ISSUER,
        "typ": kind,
        "sub": claims.subject,
        "sid": claims.session,
        "jti": claims.token,
        "iat": now,
        "exp": now + timedelta(seconds=seconds),
    }
    if claims.name:
        body["name"] = claims.name
    return jwt.encode(body, derive(key, kind), algorithm=ALGORITHM)


def read(kind: Kind, key: str, token: str) -> Claims:
    """The claims of a token of this kind; Refused(401) when it is expired, forged or of another kind."""
    required = ["exp", "sub", "sid", "jti", "typ"]
    try:
        body = jwt.decode(
            token, derive(key, kind), algorithms=[ALGORITHM], issuer=ISSUER, options={"require": required}
        )
        if body["typ"] != kind:
            raise jwt.InvalidTokenError(f"a {body['typ']} token")
        return Claims(str(body["sub"]), str(body["sid"]), str(body["jti"]), str(body.get("name", "")))
    except jwt.ExpiredSignatureError:
        raise unauthorised("token_expired", f"the {kind} token has expired") from None
    except jwt.InvalidTokenError:
        raise unauthorised("token_invalid", f"the {kind} token is not valid") from None


def service_token(key: str, name: str) -> str:
    """By which one service shows another that it knows JWT_SECRET_KEY; good for a minute."""
    return issue("service", key, Claims(name, "-", "-"), SERVICE_SECONDS)


def unauthorised(code: str, detail: str) -> Refused:
    return Refused(401, code, detail, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
