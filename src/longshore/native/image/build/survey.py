"""What a build would do, before it is started: every base image of the wanted target, and the steps that cannot run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from longshore.dockerfile.instructions import Dockerfile, Instruction, is_remote
from longshore.dockerfile.stages import (
    Resolved,
    global_args,
    needed,
    predefined,
    resolve,
    source_index,
)
from longshore.model.errors import Place, ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY, Build
from longshore.native.image.build.inputs import read_dockerfile
from longshore.native.image.catalog.provider import ELSEWHERE, Level
from longshore.native.image.debian.apknames import unmapped

if TYPE_CHECKING:
    from longshore.native.image.store.images import ImageStore

__all__ = ["BuildSurvey", "survey_build"]


@record
class BuildSurvey:
    """One finding: a base image (`subject` "FROM …") or a step. `runs` says what serves for an image."""

    level: Level
    subject: str
    runs: str
    text: str
    todo: str = ""
    place: Place | None = None


def survey_build(store: ImageStore, build: Build, args: Mapping[str, str] = EMPTY) -> tuple[BuildSurvey, ...]:
    """Every finding for the target of `build`, in the order of its steps; a Dockerfile that cannot be read is one
    finding that refuses. `args` are those of the command line. Nothing is downloaded."""
    given = {name: value for name, value in build.args.items() if value is not None} | dict(args)
    try:
        dockerfile = read_dockerfile(build)
        resolved = resolve(dockerfile, given)
        order = needed(resolved, build.target, dockerfile)
    except ShoreError as error:
        return (BuildSurvey("refused", "Dockerfile", "", error.what, error.hint, error.place),)
    found = list(_whole(build))
    for index in order:
        found += _stage(store, build, dockerfile, resolved, resolved[index], given)
    return tuple(found)


def _whole(build: Build) -> Iterator[BuildSurvey]:
    own = predefined()["TARGETPLATFORM"]
    if build.platforms and own not in build.platforms:
        text = f"the build is for {', '.join(build.platforms)}; this machine is {own}"
        yield BuildSurvey("refused", "build.platforms", "", text, ELSEWHERE)
    if build.privileged or build.entitlements:
        yield BuildSurvey(
            "refused", "build.privileged", "", "privileged builds are not carried out natively", ELSEWHERE
        )


def _stage(
    store: ImageStore, build: Build, dockerfile: Dockerfile, resolved: tuple[Resolved, ...], stage: Resolved,
    given: Mapping[str, str],
) -> Iterator[BuildSurvey]:  # fmt: skip
    place = dockerfile.place(stage.stage.number)
    own = global_args(dockerfile, given)["TARGETPLATFORM"]
    platform = stage.stage.platform
    if platform and not platform.startswith("$") and platform != own:
        text = f"FROM --platform={platform}: this machine is {own}"
        yield BuildSurvey("refused", stage.stage.text, "", text, ELSEWHERE, place)
    if stage.image:
        yield _image(store, build, stage.image, stage.stage.text, place)
    alpine = _is_alpine(resolved, stage)
    for instruction in stage.stage.instructions:
        yield from _instruction(store, build, dockerfile, stage, instruction, alpine)


def _image(store: ImageStore, build: Build, name: str, subject: str, place: Place) -> BuildSurvey:
    reference = build.additional_contexts.get(name, name).removeprefix("docker-image://")
    if reference.startswith(("service:", "/")):
        return BuildSurvey("exact", subject, reference, reference, place=place)
    surveyed = store.survey(reference)
    if surveyed.recipe is None:
        present = store.find(reference)
        if present is not None:
            return BuildSurvey("exact", subject, present.runs, f"{reference}, built here", place=place)
    return BuildSurvey(surveyed.level, subject, surveyed.runs, surveyed.text, surveyed.todo, place)


def _is_alpine(resolved: tuple[Resolved, ...], stage: Resolved) -> bool:
    while stage.parent is not None:
        stage = resolved[stage.parent]
    return "alpine" in stage.image


def _instruction(
    store: ImageStore, build: Build, dockerfile: Dockerfile, stage: Resolved, instruction: Instruction, alpine: bool
) -> Iterator[BuildSurvey]:
    place = dockerfile.place(instruction.number)

    def refused(text: str, todo: str = ELSEWHERE) -> BuildSurvey:
        return BuildSurvey("refused", instruction.text, "", text, todo, place)

    if instruction.keyword == "RUN":
        if any("type=ssh" in mount for mount in instruction.every("mount")):
            yield refused("RUN --mount=type=ssh is not supported natively")
        if instruction.flag("security") == "insecure":
            yield refused("RUN --security=insecure is not supported natively")
        names = unmapped("\n".join([instruction.rest, *[doc.content for doc in instruction.heredocs]]))
        if alpine and names:
            todo = f"install it by apt-get in a Debian variant, or {ELSEWHERE}"
            yield refused(f"apk add {' '.join(names)}: no Debian package is known for it", todo)
    elif instruction.keyword == "ADD" and any(_is_git(word) for word in instruction.rest.split()):
        yield refused("ADD of a git repository is not supported natively", f"clone it in a RUN, or {ELSEWHERE}")
    elif instruction.keyword == "COPY":
        name = instruction.flag("from") or ""
        local = name in build.additional_contexts
        if name and not local and source_index(name, stage.stage, dockerfile) is None and not name.isdigit():
            yield _image(store, build, name, instruction.text, place)


def _is_git(word: str) -> bool:
    return is_remote(word) and (word.startswith(("git@", "git://", "ssh://")) or ".git" in word)
