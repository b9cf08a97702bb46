"""The usual rules by which a tag chooses among the versions that a provider has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from longshore.model.record import replace
from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, exact, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian.releases import release_for
from longshore.native.image.model import Recipe

__all__ = ["by_major", "within_major"]


def by_major(kind: str, tag: Tag, versions: Mapping[str, str]) -> ImageSurvey:
    """A server of which only the asked major version will do; none asked: the newest."""
    major = str(tag.version[0]) if tag.version else max(versions, key=int)
    if major not in versions:
        return _not_among(kind, major, sorted(versions, key=int))
    return exact(_recipe(kind, major, tag, versions), f"{kind} {major}")


def within_major(kind: str, tag: Tag, versions: Mapping[str, str], *, strict: bool = False) -> ImageSurvey:
    """A server of which another minor of the asked major will do, if that is said, or (`strict`) none other; none
    asked: the newest."""
    asked = ".".join(str(number) for number in tag.version[:2])
    fitting = [version for version in versions if not asked or f"{version}.".startswith(f"{asked}.")]
    near = [version for version in versions if version.split(".")[0] == asked.split(".")[0]]
    if not fitting and (strict or not near):
        return _not_among(kind, asked, list(versions))
    version = (fitting or near)[-1]
    found = exact(_recipe(kind, version, tag, versions), f"{kind} {version}")
    if fitting:
        return found
    text = f"{kind} {version} in place of {asked}"
    return replace(found, level="deviates", text=text, todo=f"ask for {kind}:{version}, or {ELSEWHERE}")


def _recipe(kind: str, version: str, tag: Tag, versions: Mapping[str, str]) -> Recipe:
    return Recipe(kind, version, versions[version] or release_for(tag.release), tag.variant, "-".join(tag.other))


def _not_among(kind: str, asked: str, known: Sequence[str]) -> ImageSurvey:
    return refused(
        f"{kind} {asked} cannot be had here; known are {', '.join(known)}", f"ask for one of those, or {ELSEWHERE}"
    )
