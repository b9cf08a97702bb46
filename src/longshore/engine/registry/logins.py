"""`shore login` and `logout`: a login that its registry takes is kept where Docker, Podman and skopeo look for one,
by the helper program that the file names or in the file, which is its owner's alone. It is never an argument of a
program."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longshore.engine.registry.client import Client
from longshore.engine.registry.credentials import Login, Trouble, helper_of, read_file, server_key, told
from longshore.engine.registry.settings import HUB_HOST, Target, read_settings
from longshore.model.errors import ShoreError
from longshore.model.reference import HUB

__all__ = ["forget", "keep", "logins_file"]


class _Given:
    """The login that is being tried, and no other."""

    def __init__(self, login: Login) -> None:
        self._login = login

    async def find(self, registry: str, image: str = "") -> Login | None:
        del registry, image
        return self._login


def logins_file(environ: Mapping[str, str]) -> Path:
    """Podman's own where REGISTRY_AUTH_FILE names it, else Docker's, which all read."""
    named = environ.get("REGISTRY_AUTH_FILE", "")
    home = Path(environ.get("HOME", "/nonexistent"))
    return Path(named) if named else Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"


async def keep(registry: str, login: Login, environ: Mapping[str, str]) -> str:
    """Try the login, and keep it; where it is now. ShoreError where the registry does not take it."""
    await _try(registry, login, environ)
    place = logins_file(environ)
    config = _config(place)
    key = server_key(registry)
    if helper := helper_of(config, registry):
        secret = {"ServerURL": key, "Username": login.user, "Secret": login.password}
        await _helped(helper, "store", json.dumps(secret), environ)
        return f"docker-credential-{helper}"
    pair = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
    _write(place, {**config, "auths": {**_auths(config), key: {"auth": pair}}})
    return str(place)


async def forget(registry: str, environ: Mapping[str, str]) -> bool:
    """Whether there was a login."""
    place = logins_file(environ)
    config, key = _config(place), server_key(registry)
    auths = _auths(config)
    if helper := helper_of(config, registry):
        await _helped(helper, "erase", key, environ)
    held = [name for name in (key, registry) if name in auths]
    if held:
        _write(place, {**config, "auths": {name: value for name, value in auths.items() if name not in held}})
    return bool(held or helper)


async def _try(registry: str, login: Login, environ: Mapping[str, str]) -> None:
    settings = read_settings(environ)
    target = Target(HUB_HOST if registry == HUB else registry, "", registry, settings.trusts_blindly(registry))
    client = Client(settings, _Given(login), environ)
    try:
        await client.greet(target)
    finally:
        await client.close()


def _config(place: Path) -> dict[str, Any]:
    try:
        return dict(read_file(place))
    except Trouble as trouble:
        raise ShoreError(str(trouble), hint="correct the file, or name another by DOCKER_CONFIG") from None


def _auths(config: Mapping[str, Any]) -> dict[str, Any]:
    found = config.get("auths")
    return dict(found) if isinstance(found, dict) else {}


def _write(place: Path, config: Mapping[str, Any]) -> None:
    """In one step, and nobody else may ever read it. A link stays one."""
    target = Path(os.path.realpath(place))
    draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with open(file, "w", encoding="utf-8") as text:
                json.dump(config, text, indent="\t")
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ShoreError(
            f"{place} cannot be written: {error.strerror}", hint="name another folder by DOCKER_CONFIG"
        ) from None


async def _helped(helper: str, task: str, said: str, environ: Mapping[str, str]) -> None:
    try:
        await told(helper, task, said, environ.get("PATH", os.defpath))
    except Trouble as trouble:
        raise ShoreError(str(trouble), hint="see credsStore and credHelpers in Docker's config.json") from None
