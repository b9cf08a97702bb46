"""Settings from the environment. `NAME_FILE` may name a file that holds the value (Compose and Swarm secrets)."""

import os
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The value of `name`, or of the file that `NAME_FILE` names, or the default."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}") from None


def required(name: str) -> str:
    """The value of `name`; without one the process does not start."""
    value = text(name)
    if not value:
        hint = f"give it in the environment, or name a file that holds it in {name}_FILE"
        raise ImproperlyConfigured(f"{name} is not set: {hint}")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name, "on" if default else "off").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither on nor off")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number") from None


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list; blanks around and between commas do not count."""
    return [word for part in text(name, default).split(",") if (word := part.strip())]


def database(name: str) -> dict[str, object]:
    """`postgresql://user:password@host:port/database` as Django wants it. Never quoted: it holds a password."""
    url = _split(name, required(name), ("postgresql", "postgres"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": url.hostname,
        "PORT": url.port or 5432,
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
    }


def public_url(name: str) -> SplitResult:
    """The address that people open: a scheme, a host and perhaps a port."""
    return _split(name, required(name), ("http", "https"))


def _split(name: str, value: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        url = urlsplit(value)
        url.port  # noqa: B018  (raises where it is no number)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no address: {error}") from None
    if url.scheme not in schemes or not url.hostname:
        raise ImproperlyConfigured(f"{name} is no address of the form {schemes[0]}://host")
    return url
