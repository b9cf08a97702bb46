"""Answers of the catalogue, kept in Redis. A change of anything in it makes all of them forgotten at once.

Keys carry a generation; a change begins a new one, and the old answers run out by themselves.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

GENERATION = "catalogue:generation"


def answer(key: str, make: Callable[[], Any]) -> tuple[Any, bool]:
    """What `make` makes, or made before; and whether it was made before."""
    # Asked before the answer is made: one that was made of older data must not be kept under a newer generation.
    generation = cache.get_or_set(GENERATION, 1, None)
    place = f"catalogue:{generation}:{key}"
    found = cache.get(place)
    if found is not None:
        return found, True
    made = make()
    cache.set(place, made, settings.CATALOGUE_CACHE_SECONDS)
    return made, False


def forget() -> None:
    """Once the change that makes it necessary is there for others to see."""
    transaction.on_commit(_next_generation)


def _next_generation() -> None:
    with suppress(ValueError):  # nothing is kept yet
        cache.incr(GENERATION)
