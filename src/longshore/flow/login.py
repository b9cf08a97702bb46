"""The flows of `login` and `logout`."""

from __future__ import annotations

import os
from collections.abc import Mapping

from longshore.model.errors import UsageError
from longshore.model.reference import HUB

__all__ = ["login", "logout", "registry_named"]

_MOST = 65536


def registry_named(text: str) -> str:
    """A registry as people write it ("https://ghcr.io/", "ghcr.io", nothing for Docker Hub). UsageError."""
    name = text.partition("://")[2] or text
    name = name.removesuffix("/").removesuffix("/v1").removesuffix("/v2").removesuffix("/")
    if name in ("", HUB, "index.docker.io", "registry-1.docker.io"):
        return HUB
    if "/" in name or "@" in name or any(letter.isspace() for letter in name):
        raise UsageError(
            f"{text} is not the name of a registry", hint="name its host: ghcr.io, registry.example.com:5000"
        )
    return name


async def login(registry: str, user: str, password: str, environ: Mapping[str, str] = os.environ) -> str:
    """Have the registry try it and keep it; where it is kept. Raises ShoreError."""
    from longshore.engine.registry.credentials import Login
    from longshore.engine.registry.logins import keep

    if not user or ":" in user or not user.isprintable():
        raise UsageError("login: a user name is wanted, without colons", hint="shore login -u NAME REGISTRY")
    if not password or len(password) > _MOST:
        raise UsageError("login: no password", hint="shore login -u NAME --password-stdin REGISTRY < FILE")
    return await keep(registry, Login(user, password), environ)


async def logout(registry: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there was a login. Raises ShoreError."""
    from longshore.engine.registry.logins import forget

    return await forget(registry, environ)
