"""Image references ("python:3.11-slim", "ghcr.io/org/app:1@sha256:…"): read as Docker reads them, and the name that a
service's image has."""

from __future__ import annotations

from longshore.model.record import record
from longshore.model.service import Service

__all__ = ["HUB", "Reference", "image_name", "parse_reference"]

HUB = "docker.io"
"""The registry of references that name none."""
_HUB_TOO = ("index.docker.io", "registry-1.docker.io")
_LIBRARY = "library/"


@record
class Reference:
    """`registry` with its port; `path` in it, whole ("library/postgres"); `tag` and `digest` as written, or ""."""

    registry: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """Without tag and digest, as people write it: "postgres", "valkey/valkey", "ghcr.io/org/app"."""
        if self.registry != HUB:
            return f"{self.registry}/{self.path}"
        rest = self.path.removeprefix(_LIBRARY)
        return self.path if "/" in rest else rest

    @property
    def last(self) -> str:
        """The last part of the name: "postgres" of "ghcr.io/org/postgres"."""
        return self.path.rpartition("/")[2]

    @property
    def version(self) -> str:
        """The tag, "latest" where there is neither tag nor digest."""
        return self.tag or ("" if self.digest else "latest")


def parse_reference(text: str) -> Reference:
    """Never fails: what no registry would take comes out in parts all the same."""
    name, _, digest = text.strip().partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        head, tag = name, ""
    first, slash, rest = head.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        first, rest = HUB, head
    registry = HUB if first in _HUB_TOO else first
    if registry == HUB and "/" not in rest:
        rest = _LIBRARY + rest
    return Reference(registry, rest, tag, digest)


def image_name(project: str, service: Service) -> str:
    """The name of a service's image: `image:`, else "project-service", as Compose tags what it builds."""
    return service.image or f"{project}-{service.name}"
