"""Which names and values are secrets. Pure."""

from __future__ import annotations

import re

__all__ = ["credential_in", "is_literal_secret", "is_secret"]

_NAME = re.compile(
    r"(?:^|[_.-])(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|CREDENTIALS?)"
    r"(?:[_.-](?:BASE|HASH|SALT))?$|SECRET_KEY|_KEY_BASE$|ENCRYPTION_KEY|JWT_.*KEY|ROOT_PASSWORD",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?:_FILE|_PATH|_URL|_NAME|_TTL|_LIFETIME|_EXPIRY|_EXPIRE\w*|_MINUTES|_SECONDS|_DAYS|_LENGTH)$", re.I
)
_IN_URL = re.compile(r"^[a-z][a-z0-9+.-]*://[^/@\s:]*:(?P<password>[^/@\s]+)@", re.IGNORECASE)
_HARMLESS = frozenset({"", "true", "false", "yes", "no", "none", "null", "0", "1"})


def is_secret(name: str) -> bool:
    """Whether the name of a variable says that its value is a secret."""
    return bool(_NAME.search(name)) and not _NOT.search(name)


def is_literal_secret(name: str, value: str) -> bool:
    """Whether a secret stands here itself, rather than a variable or a file that holds it."""
    if "$" in value or value.startswith("/run/secrets/") or value.strip().lower() in _HARMLESS:
        return False
    return is_secret(name) or credential_in(value) != ""


def credential_in(value: str) -> str:
    """The password inside of an address; "" where there is none, or a variable in its place."""
    match = _IN_URL.match(value)
    return match["password"] if match and "$" not in match["password"] else ""
