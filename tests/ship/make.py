"""Stacks from texts, and what a translation of them knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from longshore.docker.api.versions import ApiVersion
from longshore.flow.home import Where, load_stack
from longshore.model.healthcheck import HealthCheck
from longshore.model.stack import Stack
from longshore.ship.facts import Facts, ImageFacts, Ship
from longshore.ship.settings import Settings, settings_of
from longshore.ship.translate import translate

DIGEST = "sha256:" + "a" * 64


def stack_of(folder: Path, text: str) -> Stack:
    (folder / "compose.yaml").write_text(text)
    return load_stack(
        Where(project="demo", project_directory=str(folder), files=(str(folder / "compose.yaml"),), environ={})
    )


def facts_of(stack: Stack, *, shell: bool = True, check: HealthCheck | None = None, **more: Any) -> Facts:
    images = {name: ImageFacts(f"{name}@{DIGEST}", ("/entry",), ("serve",), check, shell) for name in stack.services}
    return Facts(images, **({"version": ApiVersion(1, 41)} | more))


def shipped(folder: Path, text: str, **more: Any) -> Ship:
    stack = stack_of(folder, text)
    settings: Settings = settings_of(stack, lambda path: None)
    strict = more.pop("strict", False)
    return translate(stack, settings, facts_of(stack, **more), strict=strict)


def spec(ship: Ship, name: str) -> dict[str, Any]:
    return dict(next(one.spec for one in ship.services if one.service == name))


def container(ship: Ship, name: str) -> dict[str, Any]:
    found: dict[str, Any] = spec(ship, name)["TaskTemplate"]["ContainerSpec"]
    return found
