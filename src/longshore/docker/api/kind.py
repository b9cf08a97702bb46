"""Which engine answers Docker's API."""

from __future__ import annotations

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError

__all__ = ["is_podman"]


async def is_podman(api: Api) -> bool:
    """Podman's service, which has Docker's API and not all of its habits."""
    try:
        found = await api.get("/version")
    except ApiError:
        return False
    return any("podman" in str(part.get("Name", "")).lower() for part in found.get("Components") or ())
