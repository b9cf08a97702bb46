"""Provider `debian`: the base root by itself; where another distribution is asked for, the nearest that it can be."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, Provider, exact, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.catalog.versions import numbers
from longshore.native.image.debian.ground import Ground
from longshore.native.image.debian.releases import NEAR, RELEASES, release_for
from longshore.native.image.model import Image, ImageConfig, Recipe

RECIPE = 1
VERSIONS = {number: release for release, number in RELEASES.items()}
NAMED = VERSIONS | {"7": "wheezy", "8": "jessie", "9": "stretch", "10": "buster", "14": "forky"}
MOVING = {"oldoldstable": "bullseye", "oldstable": "bookworm", "testing": "forky", "unstable": "forky", "sid": "forky"}
"""Words for what is another release from time to time."""
UBUNTU = {"16.04": "xenial", "18.04": "bionic", "20.04": "focal", "22.04": "jammy", "24.04": "noble"}
TODO = f"name a release of Debian ({', '.join(RELEASES)}), or {ELSEWHERE}"


def choose(tag: Tag) -> ImageSurvey:
    number = str(tag.version[0]) if tag.version else ""
    named = NAMED.get(number, "") if number else MOVING.get(tag.other[0] if tag.other else "", tag.release)
    if number and not named:
        return refused(f"debian {number} is not among those known ({', '.join(RELEASES)})")
    return _near(f"debian {number or named}", named, tag) if named in NEAR else _debian(named, "slim")


def choose_ubuntu(tag: Tag) -> ImageSurvey:
    asked = f"{tag.version[0]}.{tag.version[1]:02}" if len(tag.version) > 1 else ""
    named = UBUNTU.get(asked, tag.release)
    if asked and not named:
        older = [name for version, name in UBUNTU.items() if numbers(version) < tag.version[:2]]
        named = older[-1] if older else "xenial"
    return _near(f"ubuntu {asked or tag.release}".rstrip(), named, tag)


def choose_alpine(tag: Tag) -> ImageSurvey:
    return _with_busybox("alpine", tag)


def choose_busybox(tag: Tag) -> ImageSurvey:
    return _with_busybox("busybox", tag)


def _with_busybox(name: str, tag: Tag) -> ImageSurvey:
    words = ".".join(str(number) for number in tag.version)
    found = _debian("", "alpine")
    return _instead(found, f"{found.text} with busybox's programs and apk in place of {name} {words}".rstrip())


def _debian(release: str, variant: str) -> ImageSurvey:
    release = release_for(release)
    runs = f"debian {RELEASES[release]} ({release})"
    return exact(Recipe("debian", RELEASES[release], release, variant), runs, runs)


def _near(asked: str, release: str, tag: Tag) -> ImageSurvey:
    found = _debian(release, tag.variant or "slim")
    return _instead(found, f"{found.text} in place of {asked}")


def _instead(found: ImageSurvey, text: str) -> ImageSurvey:
    return ImageSurvey("deviates", found.runs, text, TODO, found.recipe)


async def make(ground: Ground, recipe: Recipe) -> Image:
    """Nothing but the ground."""
    version = (Path(ground.below[0]) / "etc/debian_version").read_text().strip()
    shell = "/bin/sh" if recipe.variant == "alpine" else "bash"
    return Image("", "", (), ImageConfig(env={"PATH": ground.path}, cmd=(shell,)), runs=f"debian {version}")


PROVIDER = Provider(
    names=("debian",),
    recipe=RECIPE,
    versions=VERSIONS,
    choose=choose,
    make=make,
    source="Debian's packages",
    extras=tuple(MOVING),
    own_release=True,
    notes=(
        "`-slim` and the full image are the same here. Releases are known by number and by name; for one that no "
        "archive serves any more the nearest serves, which is said.",
    ),
)
UBUNTU_PROVIDER = Provider(
    names=("ubuntu",),
    recipe=RECIPE,
    versions={number: release_for(name) for number, name in UBUNTU.items()},
    choose=choose_ubuntu,
    make=make,
    source="Debian's packages",
    own_release=True,
    notes=("The release of Debian whose C library is nearest serves, which is said.",),
)
ALPINE = Provider(
    names=("alpine",),
    recipe=RECIPE,
    versions={"3": ""},
    choose=choose_alpine,
    make=make,
    source="Debian's packages",
    extras=("edge",),
    own_release=True,
    notes=("Debian with busybox's programs and `apk` serves, which is said.",),
)
BUSYBOX = Provider(
    names=("busybox",),
    recipe=RECIPE,
    versions={"1": ""},
    choose=choose_busybox,
    make=make,
    source="Debian's packages",
    extras=("glibc", "musl", "uclibc"),
    own_release=True,
    notes=("The same as for alpine.",),
)
