"""What one provider says of itself: the images that it stands in for, and how they are made. One record in one module
says it all; registry.py finds it by an image's name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Literal

from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.native.image.model import Image, Recipe, Server

if TYPE_CHECKING:
    from longshore.native.image.catalog.reference import Tag
    from longshore.native.image.debian.ground import Ground

__all__ = ["ELSEWHERE", "Choose", "ImageSurvey", "Level", "Make", "Provider", "Refusal", "exact", "refused"]

Level = Literal["exact", "deviates", "refused"]
ELSEWHERE = "run with --engine docker"


@record
class ImageSurvey:
    """What would run for an image reference: `runs` in short, `text` in a line; `todo` when it is not exact. `where` it
    comes from: a provider with its `recipe`, or a registry."""

    level: Level
    runs: str
    text: str
    todo: str = ""
    recipe: Recipe | None = None
    where: Literal["builtin", "registry"] = "builtin"


Choose = Callable[["Tag"], ImageSurvey]
"""What serves for a tag, decided before anything is downloaded (versions.py has the usual rules)."""
Make = Callable[["Ground", Recipe], Awaitable[Image]]
"""Makes the image: its own layers, which come above those of the ground, and its configuration."""


@record
class Provider:
    """`names` are the images that it stands in for, the first of them its own. `recipe` is raised whenever what it
    makes from the same parts is another tree or configuration: what the older one made is made anew then. `versions`
    are those that can be had, each with the release of Debian under it ("" for the one that the tag names, else the
    host's).

    `extras` are words of a tag that ask for more than the plain image has. `server` gives, for a version, what a volume
    remembers of it. `port` is where it serves, 0 for none; `needs` the variables without which a first start refuses.
    `source` (and `sources`, by version, where it differs) says what it is made from; `notes` how it differs from the
    image that was asked for. Both are for docs/reference/native-images.md. `own_release`: the release is what is asked
    for, and `choose` itself says where another serves."""

    names: tuple[str, ...]
    recipe: int
    versions: Mapping[str, str]
    choose: Choose
    make: Make
    source: str
    sources: Mapping[str, str] = EMPTY
    extras: tuple[str, ...] = ()
    server: Callable[[str], Server] | None = None
    port: int = 0
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    own_release: bool = False

    @property
    def name(self) -> str:
        return self.names[0]


@record
class Refusal:
    """Images for which another program might serve, but only who wrote the file can say so: `todo` says which."""

    names: tuple[str, ...]
    todo: str


def refused(text: str, todo: str = ELSEWHERE) -> ImageSurvey:
    return ImageSurvey("refused", "", text, todo)


def exact(recipe: Recipe, runs: str, text: str = "") -> ImageSurvey:
    return ImageSurvey("exact", runs, text or f"{runs} on Debian {recipe.release}", recipe=recipe)
