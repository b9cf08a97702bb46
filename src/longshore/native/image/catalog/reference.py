"""What the name and the tag of an image say to the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping

from longshore.model.record import record
from longshore.model.reference import HUB, Reference
from longshore.native.image.debian.releases import NEAR, RELEASES

__all__ = ["Tag", "hub_name", "parse_tag"]

COPIES: Mapping[str, str] = {"mirror.gcr.io": "", "public.ecr.aws": "docker/"}
"""Registries that hold copies of Docker Hub's images, and where in them: mirror.gcr.io/library/postgres."""
NEWEST = ("", "latest", "lts", "current", "stable", "mainline")
"""Words of tags that ask for no version."""
SNAPSHOT = re.compile(r"20\d{6}(\.\d+)?$")
"""The day of which an image of a release is, or a build number of that day."""
VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:(?:rc|b|a|beta|alpha)\d+)?$")


@record
class Tag:
    """What a tag says: `version` as numbers (() for latest), `variant` "", "slim" or "alpine", the `release` of Debian
    or Ubuntu that it names or "", and the words that mean something else ("perl", "otel", "windowsservercore")."""

    version: tuple[int, ...] = ()
    variant: str = ""
    release: str = ""
    other: tuple[str, ...] = ()


def hub_name(reference: Reference) -> str:
    """The image's name; of a copy that another registry holds, that of the original."""
    inside = COPIES.get(reference.registry)
    if inside is None or not reference.path.startswith(inside):
        return reference.name
    return Reference(HUB, reference.path.removeprefix(inside)).name


def parse_tag(tag: str) -> Tag:
    version: tuple[int, ...] = ()
    variant = release = ""
    other: list[str] = []
    for word in tag.split("-"):
        number = VERSION.match(word)
        if SNAPSHOT.match(word):
            continue
        if number and not version:
            version = tuple(int(part) for part in number[1].split("."))
        elif word == "slim":
            variant = "slim"
        elif re.fullmatch(r"alpine(\d+\.\d+)?", word):
            variant = "alpine"
        elif word in RELEASES or word in NEAR:
            release = word
        elif word not in NEWEST:
            other.append(word)
    return Tag(version, variant, release, tuple(other))
