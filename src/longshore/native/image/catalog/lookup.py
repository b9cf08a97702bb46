"""Which images the native engine can stand in for, and by what: decided before anything is downloaded."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.model.record import replace
from longshore.model.reference import Reference, parse_reference
from longshore.native.image.catalog import registry
from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, Provider, Refusal, refused
from longshore.native.image.catalog.reference import Tag, hub_name, parse_tag
from longshore.native.image.debian import recipes

__all__ = ["made_by", "provider_of", "survey"]


SAME: Mapping[str, str] = {"postgresql": "postgres", "mongodb": "mongo"}
"""Names that other makers give to programs of the catalogue."""


def provider_of(text: str) -> Provider | None:
    """The provider that stands in for images of this name, whatever the tag."""
    found = registry.find(hub_name(parse_reference(text)))
    return found if isinstance(found, Provider) else None


_RECORD = 2
"""Grows when what a record keeps beside the layers is another: the client of a server, its data's place."""


def made_by(text: str) -> list[object]:
    """The recipes by which the image `text` is made now; one that was made by others is made anew."""
    provider = provider_of(text)
    return [provider.name, provider.recipe, _RECORD, *recipes.GROUND] if provider else []


def survey(text: str) -> ImageSurvey:
    """What the native engine would run for the image `text`. Nothing is downloaded."""
    reference = parse_reference(text)
    found = registry.find(hub_name(reference))
    if not isinstance(found, Provider):
        todo = found.todo if isinstance(found, Refusal) else _another_makers(reference) or what_it_knows()
        return refused(f"{text}: the native engine has no stand-in for this image", todo)
    tag = parse_tag(reference.tag)
    unknown = [word for word in tag.other if word not in found.extras]
    if unknown:
        return refused(f"{text}: the native engine does not know the variant {'-'.join(unknown)!r}", what_it_knows())
    chosen = found.choose(tag)
    if not found.own_release:
        chosen = _on_another_release(chosen, tag)
    if chosen.level == "exact" and reference.digest:
        words = f"{chosen.text}; the digest of the asked image cannot be honoured"
        return replace(chosen, level="deviates", text=words, todo=f"drop the digest, or {ELSEWHERE}")
    return chosen


def _on_another_release(chosen: ImageSurvey, tag: Tag) -> ImageSurvey:
    """Said where the tag names a release of Debian or Ubuntu and the image stands on another."""
    if chosen.recipe is None or tag.release in ("", chosen.recipe.release):
        return chosen
    text = chosen.text.removesuffix(f" on Debian {chosen.recipe.release}")
    words = f"{text} on Debian {chosen.recipe.release} in place of {tag.release}"
    return replace(chosen, level="deviates", text=words, todo=chosen.todo or f"leave {tag.release} out, or {ELSEWHERE}")


def _another_makers(reference: Reference) -> str:
    """What to do about an image of the same program by somebody else: its paths and variables are others."""
    name = reference.last if reference.last in registry.OWN else SAME.get(reference.last, "")
    if not isinstance(registry.find(name) if name else None, Provider):
        return ""
    asked = f"{name}:{reference.tag}" if reference.tag else name
    return f"{asked} would run natively, but it has other paths and variables than this one; else {ELSEWHERE}"


def what_it_knows() -> str:
    names = sorted(found.name for found in registry.every() if isinstance(found, Provider))
    return f"it knows {', '.join(names)} and what is built on them by a Dockerfile; {ELSEWHERE}"
