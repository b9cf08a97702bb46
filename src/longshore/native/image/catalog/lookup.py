"""Which images the native engine can stand in for, and by what: decided before anything is downloaded."""

from __future__ import annotations

from longshore.model.record import replace
from longshore.model.reference import parse_reference
from longshore.native.image.catalog import registry
from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, Provider, Refusal, refused
from longshore.native.image.catalog.reference import hub_name, parse_tag
from longshore.native.image.debian import recipes

__all__ = ["made_by", "provider_of", "survey"]


def provider_of(text: str) -> Provider | None:
    """The provider that stands in for images of this name, whatever the tag."""
    found = registry.find(hub_name(parse_reference(text)))
    return found if isinstance(found, Provider) else None


def made_by(text: str) -> list[object]:
    """The recipes by which the image `text` is made now; one that was made by others is made anew."""
    provider = provider_of(text)
    return [provider.name, provider.recipe, *recipes.GROUND] if provider else []


def survey(text: str) -> ImageSurvey:
    """What the native engine would run for the image `text`. Nothing is downloaded."""
    reference = parse_reference(text)
    found = registry.find(hub_name(reference))
    if not isinstance(found, Provider):
        todo = found.todo if isinstance(found, Refusal) else what_it_knows()
        return refused(f"{text}: the native engine has no stand-in for this image", todo)
    tag = parse_tag(reference.tag)
    unknown = [word for word in tag.other if word not in found.extras]
    if unknown:
        return refused(f"{text}: the native engine does not know the variant {'-'.join(unknown)!r}", what_it_knows())
    chosen = found.choose(tag)
    if chosen.level == "exact" and reference.digest:
        words = f"{chosen.text}; the digest of the asked image cannot be honoured"
        return replace(chosen, level="deviates", text=words, todo=f"drop the digest, or {ELSEWHERE}")
    return chosen


def what_it_knows() -> str:
    names = sorted(found.name for found in registry.every() if isinstance(found, Provider))
    return f"it knows {', '.join(names)} and what is built on them by a Dockerfile; {ELSEWHERE}"
