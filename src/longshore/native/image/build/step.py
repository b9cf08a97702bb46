"""A step: what its layer depends on, and how it is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from longshore.model.record import factory, record

__all__ = ["Step"]


@record
class Step:
    """`parts` make the key; `make` fills the root of the new layer (its second argument is scratch space);
    `info` is kept beside the layer."""

    parts: dict[str, Any]
    make: Callable[[Path, Path], Awaitable[None]]
    info: dict[str, Any] = factory(default_factory=dict)
