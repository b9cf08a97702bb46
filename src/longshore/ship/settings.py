"""`x-longshore.ship` as a record, or what is wrong in it and where. docs/reference/ship.md describes the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from longshore.model.errors import Place, ShoreError, all_in_one
from longshore.model.nearest import nearest
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.model.stack import Stack

__all__ = ["KEYS", "LATER", "NONE", "Settings", "settings_of"]

NONE = "none"
"""The registry that is none: a Swarm of one node has the images already."""

KEYS: Mapping[str, str] = {
    "registry": "where images are published, such as ghcr.io/example/shop; none on a Swarm of one node",
    "secrets": "further variables that are secrets",
    "node": "the node of a volume, by the volume's name in the file",
    "keep": "how many releases can be gone back to (10)",
}
LATER = ("to", "hosts", "tls", "answer_within")
"""Keys that are meant for later, and refused by name."""


@record
class Settings:
    registry: str = ""
    secrets: tuple[str, ...] = ()
    node: Mapping[str, str] = EMPTY
    keep: int = 10


Locate = Callable[[tuple[str, ...]], Place | None]
"""Where the value at a path below x-longshore.ship stands."""
Wrong = Callable[[str, str, str], None]


def settings_of(stack: Stack, locate: Locate) -> Settings:
    """What the file says. Raises ShoreError with everything that is wrong."""
    found = stack.longshore.get("ship")
    if found is None:
        return Settings()
    problems: list[ShoreError] = []

    def wrong(key: str, what: str, hint: str) -> None:
        named = f"x-longshore.ship{'.' if key else ''}{key}"
        problems.append(ShoreError(f"{named}: {what}", hint=hint, place=locate(tuple(key.split(".")) if key else ())))

    if not isinstance(found, Mapping):
        wrong("", "must be a mapping", "see docs/reference/ship.md")
        raise all_in_one(problems)
    _check_keys(found, wrong)
    settings = Settings(
        _registry(found.get("registry", ""), wrong),
        _names(found.get("secrets", ()), wrong),
        _nodes(found.get("node", {}), stack, wrong),
        _keep(found.get("keep", 10), wrong),
    )
    if problems:
        raise all_in_one(problems)
    return settings


def _check_keys(found: Mapping[str, Any], wrong: Wrong) -> None:
    for key in found:
        if key in LATER:
            wrong(key, "is not there yet", "take it out; docs/reference/ship.md says what there is")
        elif key not in KEYS:
            close = nearest(str(key), KEYS)
            wrong(str(key), "is not known here", f"did you mean {close}?" if close else f"there are: {', '.join(KEYS)}")


def _registry(value: Any, wrong: Wrong) -> str:
    if not isinstance(value, str) or "://" in value or " " in value:
        wrong("registry", f"{value!r} is no registry", "for example ghcr.io/example/shop, or none")
        return ""
    return value.rstrip("/")


def _names(value: Any, wrong: Wrong) -> tuple[str, ...]:
    if isinstance(value, str) or not hasattr(value, "__iter__") or not all(isinstance(one, str) for one in value):
        wrong("secrets", "must be a list of names of variables", "for example [SMTP_LOGIN]")
        return ()
    return tuple(value)


def _nodes(value: Any, stack: Stack, wrong: Wrong) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        wrong("node", "must be a mapping from volumes to nodes", "for example {data: server-1}")
        return {}
    for name in value:
        if name not in stack.volumes:
            close = nearest(str(name), stack.volumes)
            there = ", ".join(stack.volumes) or "none"
            wrong(
                f"node.{name}",
                "is no volume of a service",
                f"did you mean {close}?" if close else f"there are: {there}",
            )
    return {str(name): str(node) for name, node in value.items()}


def _keep(value: Any, wrong: Wrong) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        wrong("keep", f"{value!r} is no number of releases", "for example 10; at least 1")
        return 10
    return value
