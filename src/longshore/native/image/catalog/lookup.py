"""Which images the native engine can stand in for, and by what: one table, read before anything is downloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from longshore.model.record import record, replace
from longshore.native.image.catalog import carried
from longshore.native.image.catalog.reference import Reference, Tag, parse_reference, parse_tag
from longshore.native.image.fetch.pins import NODE, for_machine
from longshore.native.image.fetch.pins import POSTGRES as PINNED_POSTGRES

__all__ = ["MANAGEMENT", "ImageSurvey", "Recipe", "recipe_for", "survey"]

Level = Literal["exact", "deviates", "refused"]
ELSEWHERE = "run with --engine docker"
MANAGEMENT = "management"
EXTRAS: Mapping[str, str] = {"rabbitmq": MANAGEMENT}
"""The word of a tag that asks for more than the plain image has."""
RELATED: Mapping[str, str] = {
    "mysql": "mariadb:11 would run natively, if MariaDB serves your application: change the image to that; "
    f"else {ELSEWHERE}"
}
"""What to do about images for which another program might serve: only who wrote the file can say so."""


@record
class Recipe:
    """How an image is made here: `kind` names the maker, `version` what it makes ("3.11", "15"), on Debian
    `release`, with what the asked `variant` carries, and the `extra` that the tag asks for."""

    kind: str
    version: str
    release: str
    variant: str = ""
    extra: str = ""


@record
class ImageSurvey:
    """What would run for an image reference: `runs` in short, `text` in a line; `todo` when it is not exact."""

    level: Level
    runs: str
    text: str
    todo: str = ""
    recipe: Recipe | None = None


def survey(text: str) -> ImageSurvey:
    """What the native engine would run for the image `text`. Nothing is downloaded."""
    reference = parse_reference(text)
    maker = KINDS.get(reference.name)
    if reference.name in RELATED:
        return _refused(f"{text}: the native engine has no stand-in for this image", RELATED[reference.name])
    if maker is None:
        return _refused(f"{text}: the native engine has no stand-in for this image", WHAT_IT_KNOWS)
    tag = parse_tag(reference.tag)
    unknown = [word for word in tag.other if word != EXTRAS.get(reference.name)]
    if unknown:
        return _refused(f"{text}: the native engine does not know the variant {'-'.join(unknown)!r}", WHAT_IT_KNOWS)
    found = maker(reference, tag)
    if found.level == "exact" and reference.digest:
        words = f"{found.text}; the digest of the asked image cannot be honoured"
        return replace(found, level="deviates", text=words, todo=f"drop the digest, or {ELSEWHERE}")
    return found


def recipe_for(text: str) -> Recipe | None:
    return survey(text).recipe


def _refused(text: str, todo: str) -> ImageSurvey:
    return ImageSurvey("refused", "", text, todo)


def _exact(recipe: Recipe, runs: str, text: str = "") -> ImageSurvey:
    return ImageSurvey("exact", runs, text or f"{runs} on Debian {recipe.release}", recipe=recipe)


def _debian(reference: Reference, tag: Tag) -> ImageSurvey:
    by_number = {number: name for name, number in carried.RELEASES.items()}
    named = by_number.get(str(tag.version[0]), "") if tag.version else tag.release
    if tag.version and not named:
        return _refused(f"debian {tag.version[0]} is not among those known ({', '.join(carried.RELEASES)})", ELSEWHERE)
    release = carried.release_for(named)
    return _exact(
        Recipe("debian", carried.RELEASES[release], release, "slim"), f"debian {carried.RELEASES[release]} ({release})"
    )


def _python(reference: Reference, tag: Tag) -> ImageSurvey:
    from longshore.native.image.providers import hostpython

    if tag.version and tag.version[0] != 3:
        return _refused(f"python {tag.version[0]} is not carried", ELSEWHERE)
    newest = BY_RELEASE.get(tag.release, "3.13")
    minor = f"3.{tag.version[1]}" if len(tag.version) > 1 else newest
    carrier = carried.PYTHON.get(minor, "")
    from_debian = carrier and tag.release in ("", carrier)
    if from_debian:
        return _exact(Recipe("python", minor, carrier, tag.variant or "full"), f"python {minor}")
    own = hostpython.find(minor)
    if own is not None:
        recipe = Recipe("python", minor, carried.release_for(tag.release), tag.variant or "full")
        return _exact(recipe, f"python {own.version}", f"python {own.version}, this machine's own interpreter, copied")
    if carrier:
        recipe = Recipe("python", minor, carrier, tag.variant or "full")
        return ImageSurvey(
            "deviates",
            f"python {minor}",
            f"python {minor} on Debian {carrier} instead of {tag.release}",
            ELSEWHERE,
            recipe,
        )
    error = hostpython.nothing_found(minor)
    return _refused(error.what, error.hint)


def _node(reference: Reference, tag: Tag) -> ImageSurvey:
    major = str(tag.version[0]) if tag.version else max(NODE, key=int)
    if major not in NODE:
        return _refused(
            f"node {major} is not carried; known are {', '.join(NODE)}", f"ask for one of those, or {ELSEWHERE}"
        )
    if for_machine(NODE[major]) is None:
        return _refused(f"node {major} is not carried for this machine's architecture", ELSEWHERE)
    recipe = Recipe("node", major, carried.release_for(tag.release), tag.variant or "full")
    return _exact(recipe, f"node {NODE[major]['x86_64'].version}")


def _nginx(reference: Reference, tag: Tag) -> ImageSurvey:
    if tag.version and tag.version[0] != 1:
        return _refused(f"nginx {tag.version[0]} is not known", ELSEWHERE)
    release = _nginx_release(tag.version)
    return _exact(Recipe("nginx", "1", release, tag.variant), f"nginx {carried.NGINX[release]}")


def _nginx_release(version: tuple[int, ...]) -> str:
    """Bookworm's 1.22 for what asks for 1.22 or older, else trixie's 1.26 (`http2 on;` needs 1.25)."""
    return "bookworm" if version[:1] == (1,) and len(version) > 1 and version[1] < 23 else "trixie"


def _mariadb(reference: Reference, tag: Tag) -> ImageSurvey:
    return _within_major("mariadb", tag, carried.MARIADB, strict=True)


def _memcached(reference: Reference, tag: Tag) -> ImageSurvey:
    return _within_major("memcached", tag, {carried.MEMCACHED: carried.release_for(tag.release)})


def _rabbitmq(reference: Reference, tag: Tag) -> ImageSurvey:
    return _within_major("rabbitmq", tag, carried.RABBITMQ)


def _redis(reference: Reference, tag: Tag) -> ImageSurvey:
    return _by_major(reference.name, tag, {m: r for (kind, m), r in carried.REDIS.items() if kind == reference.name})


def _postgres(reference: Reference, tag: Tag) -> ImageSurvey:
    pinned = {m: r for m, r in carried.POSTGRES_PINNED.items() if for_machine(PINNED_POSTGRES[m]) is not None}
    return _by_major("postgres", tag, dict(carried.POSTGRES) | pinned)


def _by_major(kind: str, tag: Tag, releases: Mapping[str, str]) -> ImageSurvey:
    """A server of which only the asked major version will do; none asked: the newest."""
    major = str(tag.version[0]) if tag.version else max(releases, key=int)
    if major not in releases:
        return _not_among(kind, major, sorted(releases, key=int))
    recipe = Recipe(kind, major, releases[major], tag.variant)
    return _exact(recipe, f"{kind} {major}")


def _within_major(kind: str, tag: Tag, releases: Mapping[str, str], *, strict: bool = False) -> ImageSurvey:
    """A server of which another minor of the asked major will do, if that is said, or (`strict`) none other; none
    asked: the newest."""
    asked = ".".join(str(number) for number in tag.version[:2])
    fitting = [version for version in releases if not asked or f"{version}.".startswith(f"{asked}.")]
    near = [version for version in releases if version.split(".")[0] == asked.split(".")[0]]
    if not fitting and (strict or not near):
        return _not_among(kind, asked, list(releases))
    version = (fitting or near)[-1]
    recipe = Recipe(kind, version, releases[version], tag.variant, "-".join(tag.other))
    found = _exact(recipe, f"{kind} {version}")
    if fitting:
        return found
    text = f"{kind} {version} in place of {asked}"
    return replace(found, level="deviates", text=text, todo=f"ask for {kind}:{version}, or {ELSEWHERE}")


def _not_among(kind: str, asked: str, known: Sequence[str]) -> ImageSurvey:
    return _refused(
        f"{kind} {asked} cannot be had here; known are {', '.join(known)}", f"ask for one of those, or {ELSEWHERE}"
    )


BY_RELEASE = {release: minor for minor, release in carried.PYTHON.items()}
KINDS: Mapping[str, Callable[[Reference, Tag], ImageSurvey]] = {
    "debian": _debian,
    "mariadb": _mariadb,
    "memcached": _memcached,
    "nginx": _nginx,
    "node": _node,
    "postgres": _postgres,
    "python": _python,
    "rabbitmq": _rabbitmq,
    "redis": _redis,
    "valkey": _redis,
}
WHAT_IT_KNOWS = f"it knows {', '.join(sorted(KINDS))} and what is built on them by a Dockerfile; {ELSEWHERE}"
