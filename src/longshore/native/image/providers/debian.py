"""Provider `debian`: the base root by itself."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog.provider import ImageSurvey, Provider, exact, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian.ground import Ground
from longshore.native.image.debian.releases import RELEASES, release_for
from longshore.native.image.model import Image, ImageConfig, Recipe

VERSIONS = {number: release for release, number in RELEASES.items()}


def choose(tag: Tag) -> ImageSurvey:
    number = str(tag.version[0]) if tag.version else ""
    named = VERSIONS.get(number, "") if number else tag.release
    if number and not named:
        return refused(f"debian {number} is not among those known ({', '.join(RELEASES)})")
    release = release_for(named)
    runs = f"debian {RELEASES[release]} ({release})"
    return exact(Recipe("debian", RELEASES[release], release, "slim"), runs, f"{runs} on Debian {release}")


async def make(ground: Ground, recipe: Recipe) -> Image:
    """Nothing but the ground."""
    version = (Path(ground.below[0]) / "etc/debian_version").read_text().strip()
    return Image("", "", (), ImageConfig(env={"PATH": ground.path}, cmd=("bash",)), runs=f"debian {version}")


PROVIDER = Provider(
    names=("debian",),
    recipe=1,
    versions=VERSIONS,
    choose=choose,
    make=make,
    source="Debian's packages",
    notes=("`-slim` and the full image are the same here. Releases are known by number and by name.",),
)
