"""Provider `python`: Debian's own interpreter of the release that has the asked minor version, else one of this machine
(interpreters/hostpython.py)."""

from __future__ import annotations

from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, Provider, exact, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian.ground import Ground, with_tools
from longshore.native.image.debian.releases import LIBRARIES, release_for
from longshore.native.image.interpreters import hostpython
from longshore.native.image.interpreters.hostpython import Interpreter
from longshore.native.image.model import Image, ImageConfig, Recipe

RECIPE = 7
VERSIONS = {"3.11": "bookworm", "3.13": "trixie"}
"""The release whose own Python has that minor version."""
BY_RELEASE = {release: minor for minor, release in VERSIONS.items()}


def choose(tag: Tag) -> ImageSurvey:
    """The asked minor version from Debian, or from an interpreter of this machine; else the next, which is said."""
    if tag.version and tag.version[0] != 3:
        return refused(f"python {tag.version[0]} is not carried")
    minor = f"3.{tag.version[1]}" if len(tag.version) > 1 else BY_RELEASE.get(tag.release, "3.13")
    carrier = VERSIONS.get(minor, "")
    if carrier and tag.release in ("", carrier):
        return _debians(minor, tag)
    own = hostpython.find(minor)
    if own is not None:
        release = _ground_of(own, tag.release)
        if release and release != carrier:  # there Debian's own is better
            recipe = replace(_recipe(minor, tag), release=release)
            said = f"python {own.version}, this machine's own interpreter, copied, on Debian {release}"
            return exact(recipe, f"python {own.version}", said)
    if carrier:
        return _debians(minor, tag)
    text = (
        f"python {minor} cannot be had here: no Debian release at hand carries it, and no interpreter of this version "
        "that this user may read was found (pyenv, uv, PATH)"
    )
    todo = f"uv python install {minor}, or {ELSEWHERE}"
    number = int(minor.partition(".")[2])
    beside = next((near for near in (f"3.{number + 1}", f"3.{number - 1}") if near in VERSIONS), "")
    if not beside:
        return refused(text, f"ask for one of {', '.join(VERSIONS)}, or {todo}")
    found = _debians(beside, tag)
    return replace(found, level="deviates", text=f"python {beside} in place of {minor}", todo=todo)


def _debians(minor: str, tag: Tag) -> ImageSurvey:
    return exact(replace(_recipe(minor, tag), release=VERSIONS[minor]), f"python {minor}")


def _recipe(minor: str, tag: Tag) -> Recipe:
    return Recipe("python", minor, "", tag.variant or "full")


def _ground_of(own: Interpreter, asked: str) -> str:
    """The release that a copy of the interpreter runs on: the asked one, the host's, or another; "" for none."""
    wanted = (release_for(asked), release_for(), *reversed(tuple(LIBRARIES)))
    return next((release for release in wanted if hostpython.serves_on(own, release)), "")


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The interpreter; above it what the full image has besides."""
    from longshore.native.image.interpreters.layer import python_layer

    minor = recipe.version
    own = VERSIONS.get(minor) == recipe.release
    source = None if own else hostpython.find(minor)
    if not own and source is None:
        raise ShoreError(f"python {minor} is not on this machine any more", hint=f"uv python install {minor}")
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
        "on the release that the tag names where it runs there, else on another, which is said. Where there is none, "
        "the minor version beside it serves, which is said.",
    ),
)
