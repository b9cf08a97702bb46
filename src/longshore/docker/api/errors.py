"""What goes wrong with an engine, in words that say what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from longshore.docker.api.connection import Endpoint
from longshore.model.errors import ShoreError

__all__ = ["PORT_TAKEN", "ApiError", "Unreachable", "api_error", "cannot_connect", "went_away"]


class ApiError(ShoreError):
    """The engine refused a request; `status` is HTTP's: 404 not there, 409 in conflict, 304 nothing to do."""

    def __init__(self, status: int, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Unreachable(ShoreError):
    """No connection could be made, so nothing was asked; `why` in a few words."""

    def __init__(self, what: str, why: str, *, hint: str) -> None:
        super().__init__(what, hint=hint)
        self.why = why


PORT_TAKEN = re.compile(r"port is already allocated|address already in use", re.IGNORECASE)

_REGISTRY = "no registry can be reached from the engine; build or load the image there, or use --engine native"

_HINTS: Mapping[str, str] = {
    PORT_TAKEN.pattern: "free the port, or publish another: shore up --ports auto",
    r"no space left on device": "docker system df shows what takes the space, docker builder prune frees some",
    r"pull access denied|repository does not exist|unauthorized|denied: ": "check the image's name, or docker login",
    r"manifest unknown|not found: manifest|manifest for .* not found": "check the image's tag",
    r"no such host|dial tcp|i/o timeout|TLS handshake|connection refused|certificate": _REGISTRY,
    r"name .* is already in use": "remove that container, or change container_name or the project's name (-p)",
    r"has active endpoints": "something outside this project uses the network; disconnect it first",
    r"volume is in use": "a container outside this project uses the volume; remove that first",
    r"non-overlapping|predefined address pools": "too many networks; remove unused ones: docker network prune",
    r"OCI runtime create.*(not found|no such file)": "the image has no such command; check command and entrypoint",
    r"bind source path does not exist": "create the folder, or let it be made with create_host_path: true",
}
"""What an engine's own message means for people, by what it says."""


def api_error(status: int, body: bytes) -> ApiError:
    """The engine's answer as an error: its own message, and a hint where its cause is known."""
    text = body.decode(errors="replace").strip()
    try:
        message = str(json.loads(text).get("message", text))
    except (ValueError, AttributeError):
        message = text
    message = " ".join(message.split()) or f"the engine answers with status {status}"
    hint = next((hint for pattern, hint in _HINTS.items() if re.search(pattern, message, re.IGNORECASE)), "")
    return ApiError(status, message, hint=hint)


def cannot_connect(endpoint: Endpoint, error: OSError) -> Unreachable:
    """No engine, or none that lets us in."""
    where = f"{endpoint.url} ({endpoint.source})"
    if isinstance(error, PermissionError):
        return Unreachable(
            f"no permission to use the Docker engine at {where}",
            "no permission to use its socket",
            hint="join the group docker and log in again, use rootless Docker, or --engine native",
        )
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return Unreachable(
            f"no Docker engine answers at {where}",
            "there is no such socket" if isinstance(error, FileNotFoundError) else "connection refused",
            hint="start Docker or Podman, set DOCKER_HOST, or run natively: --engine native",
        )
    why = error.strerror or str(error)
    return Unreachable(
        f"cannot reach the Docker engine at {where}: {why}", why, hint="check DOCKER_HOST and the network"
    )


def went_away(endpoint: Endpoint) -> ShoreError:
    """The engine closed the connection in the middle of an answer."""
    return ShoreError(
        f"the Docker engine at {endpoint.url} went away in the middle of an answer",
        hint="start it again and repeat the command: what is made stays, the next up or down goes on from there",
    )
