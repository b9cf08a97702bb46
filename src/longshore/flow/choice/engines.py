"""The table of engines: one row each, imported only when asked for. Adding an engine is adding a row."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from longshore.engine.base import Engine
from longshore.model.errors import ShoreError
from longshore.model.record import record

__all__ = ["ENGINES", "EngineRow", "Engines", "RealEngines"]


class EngineRow(NamedTuple):
    """`opens` names the class ("module:Class"), called with the environment and `offline`; `answers` a function of the
    environment that says cheaply whether it can be reached ("" for always); `platform` where it runs at all."""

    opens: str
    answers: str = ""
    platform: str = ""


ENGINES: dict[str, EngineRow] = {
    "native": EngineRow("longshore.native.command.engine:NativeEngine", platform="linux"),
    "docker": EngineRow("longshore.docker.engine:DockerEngine", "longshore.docker.api.connection:reachable"),
}
"""In the order in which they are asked for what they hold of a project."""


class Engines(Protocol):
    """Where engines come from; `reachable` is cheap and starts nothing."""

    def open(self, name: str) -> Engine: ...

    def reachable(self, name: str) -> bool: ...


@record
class RealEngines:
    """The engines of this machine. `offline`: nothing is downloaded."""

    environ: Mapping[str, str]
    offline: bool = False

    def open(self, name: str) -> Engine:
        row = ENGINES[name]
        if not sys.platform.startswith(row.platform):
            others = " or ".join(other for other, its in ENGINES.items() if sys.platform.startswith(its.platform))
            raise ShoreError(
                f"the {name} engine runs on {row.platform.capitalize()} only", hint=f"use --engine {others}"
            )
        engine: Engine = _named(row.opens)(self.environ, offline=self.offline)
        return engine

    def reachable(self, name: str) -> bool:
        row = ENGINES[name]
        return sys.platform.startswith(row.platform) and (not row.answers or bool(_named(row.answers)(self.environ)))


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
