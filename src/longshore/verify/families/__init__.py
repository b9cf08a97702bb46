"""The families of criteria: a row each, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module

from longshore.verify.check import Check, Subject
from longshore.verify.result import Family

__all__ = ["FAMILIES", "checks_of"]

FAMILIES: tuple[tuple[Family, str], ...] = (
    (Family.STARTS, "starts"),
    (Family.REACHABLE, "reachable"),
    (Family.RELOADS, "reloads"),
    (Family.MIGRATES, "migrates"),
    (Family.PERSISTS, "persists"),
    (Family.ISOLATED, "isolated"),
    (Family.RECOVERS, "recovers"),
    (Family.SAFE, "safe"),
    (Family.YOURS, "yours"),
)
"""Each family and its module here, which gives `criteria(subject)`."""


def checks_of(subject: Subject, wanted: Iterable[Family] = ()) -> tuple[Check, ...]:
    """What there is to try, of the `wanted` families (all without any)."""
    families = frozenset(wanted) or frozenset(Family)
    found: list[Check] = []
    for family, module in FAMILIES:
        if family in families:
            criteria: Callable[[Subject], tuple[Check, ...]] = import_module(f"{__name__}.{module}").criteria
            found += criteria(subject)
    return tuple(found)
