"""Tokens: each kind stands for itself, and none is forged."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from pydantic import ValidationError

from backend.shared import security
from backend.shared.config.settings import SharedSettings
from backend.shared.errors import Refused
from backend.shared.logs import WithoutSecrets
from backend.shared.security import Claims, issue, read
from backend.shared.testing import KEY

CLAIMS = Claims("person", "session", "token", "Ada")


def refusal(kind: security.Kind, token: str, key: str = KEY) -> str:
    with pytest.raises(Refused) as caught:
        read(kind, key, token)
    assert caught.value.status == 401
    return caught.value.code


def test_what_is_issued_is_read() -> None:
    assert read("access", KEY, issue("access", KEY, CLAIMS, 60)) == CLAIMS


def test_a_token_of_one_kind_is_not_taken_for_another() -> None:
    for kind in ("refresh", "service"):
        assert refusal("access", issue(kind, KEY, CLAIMS, 60)) == "token_invalid"


def test_expired_forged_and_unsigned_tokens_are_refused() -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert refusal("access", issue("access", KEY, CLAIMS, 60, hour_ago)) == "token_expired"
    assert refusal("access", issue("access", KEY + "x", CLAIMS, 60)) == "token_invalid"
    body = {"iss": "accounts", "typ": "access", "sub": "a", "sid": "b", "jti": "c", "exp": 9999999999}
    assert refusal("access", jwt.encode(body, "", algorithm="none")) == "token_invalid"
    assert refusal("access", jwt.encode(body, KEY, algorithm="HS256")) == "token_invalid", "the key itself signs nothing"


@pytest.mark.parametrize("key", ["", "short", "changeme" * 8, "a" * 64])
def test_a_key_that_was_not_generated_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="openssl rand -hex 32"):
        SharedSettings(mongo_uri="mongodb://m/d", redis_url="redis://r/0", jwt_secret_key=key)


def test_no_password_of_an_address_reaches_a_log() -> None:
    import logging

    words = "cannot reach mongodb://root:very-secret@mongo:27017/x nor redis://:also-secret@redis/0"
    record = logging.LogRecord("a", logging.ERROR, "", 0, words, None, None)
    assert WithoutSecrets("%(message)s").format(record) == (
        "cannot reach mongodb://root:***@mongo:27017/x nor redis://:***@redis/0"
    )
