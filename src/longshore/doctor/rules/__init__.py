"""The rules: a module each, that gives `RULE`. One that lies here is a rule; nothing else has to know of it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from longshore.doctor.ground.finding import Rule

__all__ = ["all_rules", "rules_before_up"]

BEFORE_UP = "migrations_"
"""The modules whose rules run in every `up` begin so: what they find no engine does, for a few milliseconds."""


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by its id."""
    return _rules("")


def rules_before_up() -> tuple[Rule, ...]:
    """Those that run in every `up`."""
    return _rules(BEFORE_UP)


@cache
def _rules(prefix: str) -> tuple[Rule, ...]:
    names = [module.name for module in iter_modules(__path__) if module.name.startswith(prefix)]
    found = [import_module(f"{__name__}.{name}").RULE for name in names]
    return tuple(sorted(found, key=lambda rule: rule.id))
