"""One row of the table of the Compose Specification's attributes."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["NO_SWARM", "YES", "Attribute", "Support", "deviates", "needs", "no", "row"]


class Support(NamedTuple):
    """What an engine does with an attribute. `level` is yes, no, or deviates; `words` say how, or what it needs;
    `api` is the lowest version of Docker's API that has it, `buildx` whether it needs the buildx command; `swarm`: only
    a Swarm would do anything with it, so that nobody misses it."""

    level: str = "yes"
    words: str = ""
    api: str = ""
    buildx: bool = False
    swarm: bool = False


YES = Support()
NO_SWARM = Support("no", "for a Swarm only", swarm=True)


def no(words: str) -> Support:
    """Not done, because."""
    return Support("no", words)


def deviates(words: str) -> Support:
    """Done in another way, namely."""
    return Support("deviates", words)


def needs(*, api: str = "", buildx: bool = False) -> Support:
    """Done where the engine has this version of the API, or the buildx command."""
    words = [f"API {api}"] if api else []
    return Support("yes", "needs " + " and ".join([*words, *(["buildx"] if buildx else [])]), api, buildx)


class Attribute(NamedTuple):
    """`path` is dotted, with * for any name or position. `kind` is what a value may be, alternatives between "/":
    text, number, whole number, boolean, mapping, list, nothing, and the named forms of compose/schema.py.
    `required` keys must be there; `closed` mappings take no x- keys, `open` ones take any key."""

    path: str
    kind: str
    meaning: str
    native: Support = YES
    docker: Support = YES
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    pattern: str = ""
    required: tuple[str, ...] = ()
    closed: bool = False
    open: bool = False


def row(path: str, kind: str, meaning: str, native: Support = YES, docker: Support = YES, **rules: Any) -> Attribute:
    """A row of the table."""
    return Attribute(path, kind, meaning, native, docker, **rules)
