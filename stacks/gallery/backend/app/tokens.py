"""Signed tokens and password hashes. Pure: no database."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Refused

ALGORITHM = "HS256"
ISSUER = "max-gallery"
Kind = Literal["access", "refresh"]

# RFC 9106's and OWASP's low-memory profile: 19 MiB, two passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_nobodys_hash = _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True)
class Claims:
    """What a token that was checked says."""

    user_id: UUID
    session_id: UUID
    token_id: UUID


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Takes as long for an unknown person (`stored` is None) as for a known one."""
    try:
        _hasher.verify(stored or _nobodys_hash, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def issue(kind: Kind, key: str, claims: Claims, seconds: int, now: datetime | None = None) -> str:
    now = now or datetime.now(UTC)
    body = {
        "iss": ISSUER,
        "typ": kind,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "jti": str(claims.token_id),
        "iat": now,
        "exp": now + timedelta(seconds=seconds),
    }
    return jwt.encode(body, key, algorithm=ALGORITHM)


def read(kind: Kind, key: str, token: str) -> Claims:
    """The claims of a token of this kind; Refused(401) when it is expired, forged or of the other kind."""
    try:
        body = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "sub", "sid", "jti", "typ"]},
        )
        if body["typ"] != kind:
            raise jwt.InvalidTokenError(f"a {body['typ']} token")
        return Claims(UUID(body["sub"]), UUID(body["sid"]), UUID(body["jti"]))
    except jwt.ExpiredSignatureError:
        raise unauthorised("token_expired", f"the {kind} token has expired") from None
    except (jwt.InvalidTokenError, ValueError, AttributeError):
        raise unauthorised("token_invalid", f"the {kind} token is not valid") from None


def unauthorised(code: str, detail: str) -> Refused:
    return Refused(401, code, detail, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def derive(key: str, purpose: str) -> bytes:
    """A key for one purpose from the master key, so that a signature made for one never serves another."""
    return hmac.digest(key.encode(), f"gallery:{purpose}".encode(), hashlib.sha256)


def digest_of(token: str) -> bytes:
    """What is stored of a random one-time token."""
    return hashlib.sha256(token.encode()).digest()
