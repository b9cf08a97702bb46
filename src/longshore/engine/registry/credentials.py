"""Who the user is to a registry: what `docker login` or `podman login` keep, in a file or by a helper program. Nothing
of it goes anywhere but to the registry that it is for, and to the one that this registry names for tokens."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from longshore.model.record import record
from longshore.model.reference import HUB

__all__ = ["Keyring", "Login", "Trouble", "helper_of", "keyring", "read_file", "server_key", "told"]

HELPER_SECONDS = 15.0
HUB_KEY = "https://index.docker.io/v1/"
"""What Docker calls its Hub in config.json."""
_NOT_FOUND = "credentials not found"


class Trouble(Exception):
    """A helper or a file that does not tell what it should: told where a registry then refuses us."""


@record(hidden=("password", "identity"))
class Login:
    """A name and its password, or an `identity` token in place of both."""

    user: str = ""
    password: str = ""
    identity: str = ""


@record
class Keyring:
    """Files like Docker's config.json, the first that knows a registry is taken."""

    files: tuple[str, ...]
    path: str = ""
    """PATH, where helpers are looked for."""

    async def find(self, registry: str, image: str = "") -> Login | None:
        """The login for an image ("quay.io/org/app") of a registry. Trouble where a file or a helper fails."""
        for name in self.files:
            config = read_file(Path(name))
            helper = helper_of(config, registry)
            if helper:
                found = await _ask(helper, server_key(registry), self.path)
            else:
                found = _kept(config, registry, image)
            if found is not None:
                return found
        return None


def keyring(environ: Mapping[str, str]) -> Keyring:
    """Where this user's logins are kept: Docker's file first, then Podman's."""
    home = Path(environ.get("HOME", "/nonexistent"))
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = [
        Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json",
        Path(environ.get("REGISTRY_AUTH_FILE") or ""),
        Path(runtime, "containers/auth.json") if runtime else Path(),
        own / "containers/auth.json",
    ]
    files = tuple(str(place) for place in places if place.name and place.is_file())
    return Keyring(files, environ.get("PATH", os.defpath))


def server_key(registry: str) -> str:
    """What a registry is called where logins are kept."""
    return HUB_KEY if registry == HUB else registry


def read_file(path: Path) -> Mapping[str, Any]:
    """A file like Docker's config.json; nothing where there is none. Trouble."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise Trouble(f"{path} cannot be read: {said}") from None
    return found if isinstance(found, dict) else {}


def helper_of(config: Mapping[str, Any], registry: str) -> str:
    """The helper for one registry alone goes before the one for all."""
    own = config.get("credHelpers")
    for key in _keys(registry):
        if isinstance(own, dict) and own.get(key):
            return str(own[key])
    return str(config.get("credsStore") or "")


def _keys(registry: str) -> Iterator[str]:
    yield server_key(registry)
    yield registry
    if registry == HUB:
        yield from ("index.docker.io", "registry-1.docker.io")


def _kept(config: Mapping[str, Any], registry: str, image: str) -> Login | None:
    """The entry with the longest name that the image begins with; names may be URLs, as Docker once wrote."""
    auths = config.get("auths")
    if not isinstance(auths, dict):
        return None
    wanted = {*_keys(registry)}
    best: tuple[int, Any] = (-1, None)
    for key, value in auths.items():
        bare = _bare(str(key))
        host = bare.partition("/")[0]
        fits = key in wanted or bare in wanted or bare == image or image.startswith(f"{bare}/")
        if fits or (host in wanted and "/" not in bare):
            best = max(best, (len(bare), value), key=lambda one: one[0])
    return _login(best[1]) if isinstance(best[1], dict) else None


def _bare(key: str) -> str:
    bare = key.partition("://")[2] or key
    for end in ("/v1/", "/v2/", "/v1", "/v2", "/"):
        bare = bare.removesuffix(end)
    return bare


def _login(value: Mapping[str, Any]) -> Login | None:
    if value.get("identitytoken"):
        return Login(identity=str(value["identitytoken"]))
    if value.get("auth"):
        try:
            text = base64.b64decode(str(value["auth"])).decode().rstrip("\0")
        except ValueError:
            raise Trouble("the kept login is not base64") from None
        user, _, password = text.partition(":")
        return Login(user, password)
    if value.get("username"):
        return Login(str(value["username"]), str(value.get("password", "")))
    return None


async def _ask(helper: str, server: str, path: str) -> Login | None:
    """Ask docker-credential-HELPER; None where it has nothing."""
    output = await told(helper, "get", server, path)
    if output is None:
        return None
    try:
        found = json.loads(output)
        user, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError):
        raise Trouble(f"the credential helper docker-credential-{helper} gave no login") from None
    return Login(identity=secret) if user == "<token>" else Login(user, secret)


async def told(helper: str, task: str, said: str, path: str) -> bytes | None:
    """What docker-credential-HELPER answers to a task (get, store, erase), told by its standard input; None where it
    knows of nothing. Trouble where it fails."""
    name = f"docker-credential-{helper}"
    if "/" in helper:
        raise Trouble(f"{name} is no name of a program")
    try:
        process = await asyncio.create_subprocess_exec(
            name, task, env={**os.environ, "PATH": path}, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        raise Trouble(f"the credential helper {name} cannot be run: {error.strerror}") from None
    try:
        async with asyncio.timeout(HELPER_SECONDS):
            output, _ = await process.communicate(said.encode())
    except TimeoutError:
        raise Trouble(f"the credential helper {name} did not answer within {HELPER_SECONDS:g} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with what it started: that has its standard output too
            await process.wait()
    if process.returncode:
        if _NOT_FOUND in output.decode(errors="replace").lower():
            return None
        raise Trouble(f"the credential helper {name} failed with code {process.returncode}")
    return output
