"""Provider `python`: Debian's own interpreter of the release that has the asked minor version, else one of this machine
(interpreters/hostpython.py)."""

from __future__ import annotations

from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, Provider, exact, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian.ground import Ground, with_tools
from longshore.native.image.debian.releases import release_for
from longshore.native.image.interpreters import hostpython
from longshore.native.image.model import Image, ImageConfig, Recipe

RECIPE = 6
VERSIONS = {"3.11": "bookworm", "3.13": "trixie"}
"""The release whose own Python has that minor version."""
BY_RELEASE = {release: minor for minor, release in VERSIONS.items()}


def choose(tag: Tag) -> ImageSurvey:
    if tag.version and tag.version[0] != 3:
        return refused(f"python {tag.version[0]} is not carried")
    newest = BY_RELEASE.get(tag.release, "3.13")
    minor = f"3.{tag.version[1]}" if len(tag.version) > 1 else newest
    carrier, variant = VERSIONS.get(minor, ""), tag.variant or "full"
    if carrier and tag.release in ("", carrier):
        return exact(Recipe("python", minor, carrier, variant), f"python {minor}")
    own = hostpython.find(minor)
    if own is not None:
        recipe = Recipe("python", minor, release_for(tag.release), variant)
        return exact(recipe, f"python {own.version}", f"python {own.version}, this machine's own interpreter, copied")
    if carrier:
        text = f"python {minor} on Debian {carrier} instead of {tag.release}"
        return ImageSurvey("deviates", f"python {minor}", text, ELSEWHERE, Recipe("python", minor, carrier, variant))
    error = hostpython.nothing_found(minor)
    return refused(error.what, error.hint)


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The interpreter; above it what the full image has besides."""
    from longshore.native.image.interpreters.layer import python_layer

    minor = recipe.version
    own = VERSIONS.get(minor) == recipe.release
    source = None if own else hostpython.find(minor)
    if not own and source is None:
        raise hostpython.nothing_found(minor)
    layer, version = await python_layer(ground, RECIPE, minor, source)
    env = {"PATH": ground.path, "LANG": "C.UTF-8", "PYTHON_VERSION": version}
    layers = await with_tools(ground, recipe, layer)
    return Image("", "", layers, ImageConfig(env=env, cmd=("python3",)), runs=f"python {version}")


PROVIDER = Provider(
    names=("python",),
    recipe=RECIPE,
    versions=VERSIONS,
    choose=choose,
    make=make,
    source="Debian's own Python, moved to `/usr/local`",
    notes=(
        "Another minor version comes from an interpreter of this machine (pyenv, uv, PATH) that you may read, copied, "
        "on the release that the tag names, else the host's.",
    ),
)
