"""What of a service counts for its configuration hash: Docker Compose's rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["counted"]

_IGNORED = frozenset({"build", "depends_on", "profiles", "scale", "pull_policy"})


def counted(service: Mapping[str, Any]) -> dict[str, Any]:
    """The service in its canonical form, in the same order, without what may change with its containers staying as they
    are."""
    found = {key: value for key, value in service.items() if key not in _IGNORED}
    deploy = found.get("deploy")
    if isinstance(deploy, Mapping) and "replicas" in deploy:
        found["deploy"] = {key: value for key, value in deploy.items() if key != "replicas"}
    return found
