"""Names of containers, as Docker Compose makes them."""

from __future__ import annotations

from longshore.model.service import Service

__all__ = ["container_name"]


def container_name(project: str, service: Service, number: int = 1) -> str:
    """`container_name:` of the file, else "project-service-number"."""
    return service.container_name or f"{project}-{service.name}-{number}"
