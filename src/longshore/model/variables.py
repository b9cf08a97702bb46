"""Variables of which some are named without a value: theirs is the environment's."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["valued", "with_values"]


def with_values(given: Mapping[str, str | None], environment: Mapping[str, str]) -> dict[str, str | None]:
    """Every variable; None only for those that are named alone and that the environment does not have."""
    return {name: environment.get(name) if value is None else value for name, value in given.items()}


def valued(given: Mapping[str, str | None], environment: Mapping[str, str]) -> dict[str, str]:
    """Those that have a value in the end."""
    return {name: value for name, value in with_values(given, environment).items() if value is not None}
