"""Image references ("python:3.11-slim", "docker.io/library/postgres:15@sha256:…") and what their tags say."""

from __future__ import annotations

import re

from longshore.model.record import record

__all__ = ["Reference", "Tag", "parse_reference", "parse_tag"]

OFFICIAL = ("docker.io/library/", "docker.io/", "index.docker.io/library/", "registry-1.docker.io/library/", "library/",
            "public.ecr.aws/docker/library/", "mirror.gcr.io/library/")  # fmt: skip
"""Prefixes under which Docker's official images are served."""
RELEASES = ("bullseye", "bookworm", "trixie")
VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:(?:rc|b|a|beta|alpha)\d+)?$")


@record
class Reference:
    """`name` without the official images' prefixes; `tag` "latest" when none is given."""

    name: str
    tag: str
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


@record
class Tag:
    """What a tag says: `version` as numbers (() for latest), `variant` "", "slim" or "alpine", the Debian `release`
    that it names or "", and the words that mean something else ("perl", "otel", "windowsservercore")."""

    version: tuple[int, ...] = ()
    variant: str = ""
    release: str = ""
    other: tuple[str, ...] = ()


def parse_reference(text: str) -> Reference:
    """Split a reference as Docker does: a colon after the last slash begins the tag."""
    name, _, digest = text.strip().partition("@")
    tag = "latest"
    head, colon, tail = name.rpartition(":")
    if colon and "/" not in tail:
        name, tag = head, tail
    prefix = next((p for p in OFFICIAL if name.startswith(p)), "")
    return Reference(name.removeprefix(prefix), tag, digest)


def parse_tag(tag: str) -> Tag:
    version: tuple[int, ...] = ()
    variant = release = ""
    other: list[str] = []
    for word in tag.split("-"):
        number = VERSION.match(word)
        if number and not version:
            version = tuple(int(part) for part in number[1].split("."))
        elif word == "slim":
            variant = "slim"
        elif re.fullmatch(r"alpine(\d+\.\d+)?", word):
            variant = "alpine"
        elif word in RELEASES:
            release = word
        elif word not in ("latest", "lts", "current", "stable", "mainline", ""):
            other.append(word)
    return Tag(version, variant, release, tuple(other))
