"""Images: is it there, pull it with progress and the user's own log-in."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError, api_error
from longshore.docker.project.observe import moment
from longshore.engine.base import ImageInfo
from longshore.model.errors import ShoreError
from longshore.model.reference import HUB, image_name, parse_reference
from longshore.model.service import Service
from longshore.state.events import Emit, ImageFetching, ImageReady

__all__ = ["Progress", "address", "credentials", "find", "pull", "push", "registry_of", "remove", "split_reference"]

NO_LOGIN = {"X-Registry-Auth": "e30="}
"""Nobody (an empty object): engines before API 1.42 refuse a push without the header."""
LOG_IN = "https://index.docker.io/v1/"
"""Under which the log-in to Docker Hub is kept."""


def address(reference: str) -> str:
    """Where the engine's API has the image of that name."""
    return f"/images/{quote(reference, safe='/:@')}"


async def find(api: Api, project: str, service: Service) -> ImageInfo | None:
    """The service's image if the engine has it."""
    reference = image_name(project, service)
    found = await api.find(f"{address(reference)}/json")
    if found is None:
        return None
    created, size = moment(found.get("Created", "")), int(found.get("Size") or 0)
    variables = (word.partition("=") for word in (found.get("Config") or {}).get("Env") or ())
    environment = {name: value for name, _, value in variables}
    tagged = moment((found.get("Metadata") or {}).get("LastTagTime", "")) or created
    return ImageInfo(reference, found["Id"], "", created, size, environment, tagged)


async def pull(api: Api, project: str, service: Service, emit: Emit, environ: Mapping[str, str]) -> ImageInfo:
    """Fetch the image from its registry."""
    began = time.monotonic()
    name, tag = split_reference(service.image)
    query = {"fromImage": name, "tag": tag, "platform": service.platform or None}
    await _transfer(api, "/images/create", service.image, service, emit, environ, query)
    found = await find(api, project, service)
    if found is None:
        raise ShoreError(f"{service.name}: the image {service.image} is pulled, but the engine does not have it")
    emit(ImageReady(service.name, image=service.image, seconds=time.monotonic() - began))
    return found


async def push(api: Api, service: Service, reference: str, emit: Emit, environ: Mapping[str, str]) -> None:
    """Send the image to its registry."""
    name, tag = split_reference(reference)
    await _transfer(api, f"/images/{quote(name, safe='/:')}/push", reference, service, emit, environ, {"tag": tag})


async def remove(api: Api, reference: str) -> bool:
    """Take the image's name away, and the image with its last one. False when a container still uses it."""
    try:
        await api.delete(address(reference))
    except ApiError as error:
        if error.status == 409:
            return False
        if error.status != 404:
            raise
    return True


async def _transfer(
    api: Api, path: str, reference: str, service: Service, emit: Emit, environ: Mapping[str, str], query: dict[str, Any]
) -> None:
    """The engine says some errors before it begins and others in the middle; both get the image's name."""
    progress = Progress(reference)
    try:
        headers = await credentials(reference, environ) or NO_LOGIN
        async with await api.stream("POST", path, headers=headers, query=query) as reply:
            async for message in reply.objects():
                if "error" in message:
                    raise api_error(500, str(message["error"]).encode())
                if progress.take(message):
                    emit(ImageFetching(service.name, what=reference, done=progress.done, total=progress.total))
    except ApiError as error:
        text = f"{service.name}: cannot transfer {reference}: {error.what}"
        raise ShoreError(text, hint=error.hint, place=service.place("image")) from error


class Progress:
    """Adds up the layers of one transfer; `take` says whether the sums changed."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self._layers: dict[str, tuple[int, int]] = {}

    def take(self, message: Mapping[str, Any]) -> bool:
        detail, layer = message.get("progressDetail") or {}, str(message.get("id", ""))
        if message.get("status") not in ("Downloading", "Pushing") or not detail.get("total"):
            return False
        self._layers[layer] = int(detail.get("current") or 0), int(detail["total"])
        return True

    @property
    def done(self) -> int:
        return sum(done for done, _ in self._layers.values())

    @property
    def total(self) -> int:
        return sum(total for _, total in self._layers.values())


def split_reference(reference: str) -> tuple[str, str]:
    """("registry/name", "tag or digest") as the API wants them; no tag means latest."""
    parsed = parse_reference(reference)
    if parsed.digest:
        return reference.removesuffix(f"@{parsed.digest}"), parsed.digest
    return reference.removesuffix(f":{parsed.tag}"), parsed.version


def registry_of(reference: str) -> str:
    """The key under which log-ins for this image are kept."""
    registry = parse_reference(reference).registry
    return LOG_IN if registry == HUB else registry


async def credentials(reference: str, environ: Mapping[str, str]) -> dict[str, str]:
    """X-Registry-Auth from the user's docker configuration: its `auths`, or the helper it names."""
    folder = Path(environ.get("DOCKER_CONFIG", "") or Path(environ.get("HOME", "~")).expanduser() / ".docker")
    try:
        config = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError):
        return {}
    registry = registry_of(reference)
    helper = (config.get("credHelpers") or {}).get(registry) or config.get("credsStore")
    found = await _ask_helper(helper, registry) if helper else _kept(config, registry)
    if not found:
        return {}
    return {"X-Registry-Auth": base64.urlsafe_b64encode(json.dumps(found).encode()).decode()}


def _kept(config: Mapping[str, Any], registry: str) -> dict[str, str] | None:
    entry = (config.get("auths") or {}).get(registry) or {}
    if entry.get("identitytoken"):
        return {"identitytoken": entry["identitytoken"], "serveraddress": registry}
    if not entry.get("auth"):
        return None
    user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
    return {"username": user, "password": password, "serveraddress": registry}


async def _ask_helper(helper: str, registry: str) -> dict[str, str] | None:
    """Docker's credential helper protocol: the registry on stdin, JSON on stdout."""
    try:
        process = await asyncio.create_subprocess_exec(
            f"docker-credential-{helper}", "get",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        answer, _ = await process.communicate(registry.encode())
        found = json.loads(answer)
    except (OSError, ValueError):
        return None
    if found.get("Username") == "<token>":
        return {"identitytoken": found["Secret"], "serveraddress": registry}
    return {"username": found.get("Username", ""), "password": found.get("Secret", ""), "serveraddress": registry}
