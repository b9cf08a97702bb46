"""The usual rule by which a tag chooses among the versions that a provider has."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.model.record import replace
from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, exact, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian.releases import release_for
from longshore.native.image.model import Recipe

__all__ = ["choose_version", "numbers", "recipe_for"]


def choose_version(
    kind: str, tag: Tag, versions: Mapping[str, str], *, counts: int = 2, near: bool = True
) -> ImageSurvey:
    """The newest version that agrees with the first `counts` numbers of the tag (1: the major version, 2: the series
    too); no number asked: the newest. Where none agrees, with `near` the nearest of the same major version serves, if
    that is said: the next newer one, else the newest."""
    asked = tag.version[:counts]
    fitting = [version for version in versions if _agree(numbers(version), asked)]
    if fitting:
        version = max(fitting, key=numbers)
        return exact(recipe_for(kind, version, tag, versions), f"{kind} {version}")
    of_major = sorted((v for v in versions if near and numbers(v)[0] == asked[0]), key=numbers)
    words = ".".join(str(number) for number in asked)
    if not of_major:
        known = ", ".join(sorted(versions, key=numbers))
        text = f"{kind} {words} cannot be had here; known are {known}"
        return refused(text, f"ask for one of those, or {ELSEWHERE}")
    version = next((v for v in of_major if numbers(v) > asked), of_major[-1])
    found = exact(recipe_for(kind, version, tag, versions), f"{kind} {version}")
    todo = f"ask for {kind}:{version}, or {ELSEWHERE}"
    return replace(found, level="deviates", text=f"{kind} {version} in place of {words}", todo=todo)


def _agree(version: tuple[int, ...], asked: tuple[int, ...]) -> bool:
    length = min(len(version), len(asked))
    return version[:length] == asked[:length]


def numbers(version: str) -> tuple[int, ...]:
    """ "10.11" as (10, 11)."""
    return tuple(int(number) for number in version.split("."))


def recipe_for(kind: str, version: str, tag: Tag, versions: Mapping[str, str]) -> Recipe:
    """How this version is made, on the release that carries it or else on the one that the tag names."""
    return Recipe(kind, version, versions[version] or release_for(tag.release), tag.variant, "-".join(tag.other))
