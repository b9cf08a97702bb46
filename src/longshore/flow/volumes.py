"""The flow of `volume create`: volumes that belong to no project, for those that a file calls external."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.engine.base import Engine
from longshore.flow.choice.choose import asked_engine
from longshore.flow.choice.engines import ENGINES
from longshore.flow.home import Where
from longshore.model.errors import ShoreError
from longshore.model.stack import Stack, Volume

__all__ = ["create_volumes"]


async def create_volumes(where: Where, names: tuple[str, ...], labels: Mapping[str, str]) -> str:
    """Make them on the engine asked for, else on the first that can be reached; its name. One that is there already is
    as wanted. Raises ShoreError for a name that cannot be one."""
    engine = _engine(where)
    try:
        for name in names:
            await engine.create_volume(Stack("", ""), Volume("", name, labels=labels))
        return engine.name
    finally:
        await engine.close()


def _engine(where: Where) -> Engine:
    asked = asked_engine(where.engine, where.environ, None)
    for name in (asked,) if asked else ENGINES:
        if asked or where.engines.reachable(name):
            return where.engines.open(name)
    raise ShoreError("no engine answers here", hint="start Docker or Podman, or use Linux")
