"""A step: what its layer depends on, and how it is made; and what it may ask of the build that it belongs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from longshore.model.record import factory, record
from longshore.model.service import Build
from longshore.native.image.build.context import Source
from longshore.native.image.build.inputs import Inputs
from longshore.native.image.build.settings import Scope
from longshore.native.image.store.cache import Cache

__all__ = ["Building", "Step"]


@record
class Step:
    """`parts` make the key; `make` fills the root of the new layer (its second argument is scratch space);
    `info` is kept beside the layer."""

    parts: dict[str, Any]
    make: Callable[[Path, Path], Awaitable[None]]
    info: dict[str, Any] = factory(default_factory=dict)


class Building(Protocol):
    """The build, as one of its steps sees it. `given` are the values of --build-arg."""

    @property
    def build(self) -> Build: ...
    @property
    def given(self) -> Mapping[str, str]: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def inputs(self) -> Inputs: ...
    @property
    def cache(self) -> Cache: ...
    @property
    def offline(self) -> bool:
        """Whether nothing may be downloaded."""

    async def source(self, name: str, *, numbers: bool = True) -> Source:
        """What from=`name` means."""

    def output(self, line: str) -> None:
        """A line that a step printed."""
