"""What an engine may have beside the protocol that every engine speaks. It declares what it has; who needs one of these
asks here, and nobody looks at what kind of object an engine is."""

from __future__ import annotations

from typing import Literal, Protocol, cast

from longshore.engine.base import Engine
from longshore.model.errors import ShoreError
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.events import Emit
from longshore.state.observed import Container

__all__ = ["Capability", "Prepares", "Publishes", "preparing", "publishing"]

Capability = Literal["prepare", "push"]


class Prepares(Protocol):
    """prepare: a start can be shortened while a service waits for its dependencies."""

    async def prepare(self, stack: Stack, container: Container) -> None:
        """Make everything of a container that is about to be started but its program. Nobody sees it, it lasts no
        longer than this command, and `start` does the same again where something has changed since."""
        ...


class Publishes(Protocol):
    """push: images can be sent to a registry."""

    async def push(self, stack: Stack, service: Service, emit: Emit) -> None: ...


def preparing(engine: Engine) -> Prepares | None:
    """The engine as one that prepares; None when it has no need to."""
    return cast(Prepares, engine) if "prepare" in engine.capabilities else None


def publishing(engine: Engine) -> Publishes:
    """The engine as one that publishes images. Raises ShoreError for one that cannot."""
    if "push" not in engine.capabilities:
        raise ShoreError(f"{engine.name} publishes no images", hint="use --engine docker")
    return cast(Publishes, engine)
