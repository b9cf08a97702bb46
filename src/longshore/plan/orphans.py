"""Containers of a project whose services its Compose file does not have. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from longshore.model.stack import Stack
from longshore.state.observed import Container, Observed

__all__ = ["is_orphan", "orphan_note", "orphans", "resting_note"]


def is_orphan(container: Container, stack: Stack) -> bool:
    """Whether its service is neither in the file nor left out by a profile."""
    return container.service not in stack.services and container.service not in stack.disabled


def orphans(stack: Stack, observed: Observed) -> list[Container]:
    """Those of `up`. One-off containers (of `run`) belong to nobody's service, and are none."""
    return [c for c in observed.containers if not c.oneoff and is_orphan(c, stack)]


def orphan_note(names: Iterable[str]) -> str:
    """What people are told of those that stay."""
    return f"orphan containers: {', '.join(names)} (remove them with --remove-orphans)"


def resting_note(names: Iterable[str]) -> str:
    """What people are told of containers of services that a profile leaves out."""
    return f"left as they are, for no profile of theirs is enabled: {', '.join(names)} (--profile enables one)"
