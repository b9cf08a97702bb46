"""The rules: a module each, that gives `RULE`. One that lies here is a rule; nothing else has to know of it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from longshore.doctor.finding import Rule

__all__ = ["all_rules"]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by its id."""
    found = [import_module(f"{__name__}.{module.name}").RULE for module in iter_modules(__path__)]
    return tuple(sorted(found, key=lambda rule: rule.id))
