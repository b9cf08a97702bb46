"""Which of several forms `make test` has time for: each behaviour once on every road, not every pair of both.

LONGSHORE_LONG=1 plays all of them."""

from __future__ import annotations

import os
from itertools import product

import pytest

__all__ = ["ENGINES", "on", "on_with"]

ENGINES = ("native-root", "native-user", "docker")
LONG = bool(os.environ.get("LONGSHORE_LONG"))


def on(*short: str, all_of: tuple[str, ...] = ENGINES) -> pytest.MarkDecorator:
    """The engines of a test: `short`, or `all_of` where there is time."""
    return pytest.mark.parametrize("engine", all_of if LONG else short, indirect=True)


def on_with(name: str, **short: str) -> pytest.MarkDecorator:
    """Pairs of an engine (its name with `_`) and a value of the parameter `name`; every pair where there is time."""
    pairs = [(engine.replace("_", "-"), value) for engine, value in short.items()]
    everything = list(product(ENGINES, dict.fromkeys(short.values())))
    return pytest.mark.parametrize(("engine", name), everything if LONG else pairs, indirect=["engine"])
