"""What a build would do, before it is started: every base image of the wanted target, and the steps that cannot run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from longshore.dockerfile.instructions import Dockerfile, Instruction, is_remote
from longshore.dockerfile.stages import Resolved, global_args, needed, predefined, resolve, sources
from longshore.model.errors import Place, ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY, Build
from longshore.native.image.build.inputs import read_dockerfile
from longshore.native.image.catalog.provider import ELSEWHERE, Level
from longshore.native.image.debian.apknames import unmapped

if TYPE_CHECKING:
    from longshore.native.image.store.images import ImageStore

__all__ = ["BuildSurvey", "base_images", "survey_build"]


@record
class BuildSurvey:
    """One finding: a base image (`subject` "FROM …") or a step. `runs` says what serves for an image."""

    level: Level
    subject: str
    runs: str
    text: str
    todo: str = ""
    place: Place | None = None


def survey_build(
    store: ImageStore, build: Build, args: Mapping[str, str] = EMPTY, built: Collection[str] = ()
) -> tuple[BuildSurvey, ...]:
    """Every finding for the target of `build`, in the order of its steps; a Dockerfile that cannot be read is one
    finding that refuses. `args` are those of the command line, `built` the images that services of the stack build.
    Nothing is downloaded."""
    given = build.given | dict(args)
    try:
        dockerfile = read_dockerfile(build)
        resolved = resolve(dockerfile, given, build.additional_contexts, build.target)
        order = needed(resolved, build.target, dockerfile)
    except ShoreError as error:
        return (BuildSurvey("refused", "Dockerfile", "", error.what, error.hint, error.place),)
    surveyor = _Surveyor(store, build, built, dockerfile, resolved)
    own = global_args(dockerfile, given, build.target)["TARGETPLATFORM"]
    return (*_whole(build), *(found for index in order for found in surveyor.stage(resolved[index], own)))


def base_images(build: Build) -> tuple[str, ...]:
    """The images that a build begins with or copies from, none where its Dockerfile cannot be read."""
    try:
        dockerfile = read_dockerfile(build)
        resolved = resolve(dockerfile, build.given, build.additional_contexts, build.target)
        order = needed(resolved, build.target, dockerfile)
    except ShoreError:
        return ()
    found = [resolved[index].image for index in order]
    for instruction in (one for index in order for one in resolved[index].stage.instructions):
        found += [name for name, index in sources(instruction, dockerfile) if index is None and name != "scratch"]
    contexts = build.additional_contexts
    named = (contexts.get(name, name).removeprefix("docker-image://") for name in found if name)
    return tuple(dict.fromkeys(name for name in named if not name.startswith(("service:", "/"))))


def _whole(build: Build) -> Iterator[BuildSurvey]:
    own = predefined()["TARGETPLATFORM"]
    if build.platforms and own not in build.platforms:
        text = f"the build is for {', '.join(build.platforms)}; this machine is {own}"
        yield BuildSurvey("refused", "build.platforms", "", text, ELSEWHERE)
    if build.privileged or build.entitlements:
        text = "privileged builds are not carried out natively"
        yield BuildSurvey("refused", "build.privileged", "", text, ELSEWHERE)


class _Surveyor:
    def __init__(
        self, store: ImageStore, build: Build, built: Collection[str], dockerfile: Dockerfile,
        resolved: tuple[Resolved, ...],
    ) -> None:  # fmt: skip
        self.store, self.build, self.built = store, build, built
        self.dockerfile, self.resolved = dockerfile, resolved

    def stage(self, stage: Resolved, own: str) -> Iterator[BuildSurvey]:
        place = self.dockerfile.place(stage.stage.number)
        platform = stage.stage.platform
        if platform and not platform.startswith("$") and platform != own:
            text = f"FROM --platform={platform}: this machine is {own}"
            yield BuildSurvey("refused", stage.stage.text, "", text, ELSEWHERE, place)
        if stage.image:
            yield self._image(stage.image, stage.stage.text, place)
        alpine = self._is_alpine(stage)
        for instruction in () if stage.replaced else stage.stage.instructions:
            yield from self._instruction(instruction, alpine)

    def _image(self, name: str, subject: str, place: Place) -> BuildSurvey:
        reference = self.build.additional_contexts.get(name, name).removeprefix("docker-image://")
        if reference.startswith(("service:", "/")):
            return BuildSurvey("exact", subject, reference, reference, place=place)
        surveyed = self.store.survey(reference)
        if surveyed.level == "refused" and reference in self.built:
            return BuildSurvey("exact", subject, reference, f"{reference}, which this stack builds", place=place)
        return BuildSurvey(surveyed.level, subject, surveyed.runs, surveyed.text, surveyed.todo, place)

    def _is_alpine(self, stage: Resolved) -> bool:
        """Whether Alpine's names of packages stand for Debian's: in a real image they are its own."""
        while stage.parent is not None:
            stage = self.resolved[stage.parent]
        return "alpine" in stage.image and self.store.survey(stage.image).where == "builtin"

    def _instruction(self, instruction: Instruction, alpine: bool) -> Iterator[BuildSurvey]:
        place = self.dockerfile.place(instruction.number)
        for name, index in sources(instruction, self.dockerfile):
            if index is None and name != "scratch" and name not in self.build.additional_contexts:
                yield self._image(name, instruction.text, place)
        for text, todo in _refused(instruction, alpine):
            yield BuildSurvey("refused", instruction.text, "", text, todo, place)


def _refused(instruction: Instruction, alpine: bool) -> Iterator[tuple[str, str]]:
    """What of an instruction this engine does not carry out, and what to do instead."""
    if instruction.keyword == "RUN":
        if any("type=ssh" in mount for mount in instruction.every("mount")):
            yield "RUN --mount=type=ssh is not supported natively", ELSEWHERE
        if instruction.flag("security") == "insecure":
            yield "RUN --security=insecure is not supported natively", ELSEWHERE
        if instruction.every("device"):
            yield "RUN --device is not supported natively", ELSEWHERE
        names = unmapped("\n".join([instruction.line, *[doc.content for doc in instruction.heredocs]]))
        if alpine and names:
            todo = f"install it by apt-get in a Debian variant, or {ELSEWHERE}"
            yield f"apk add {' '.join(names)}: no Debian package is known for it", todo
    elif instruction.keyword == "ADD" and any(_is_git(word) for word in instruction.words):
        yield "ADD of a git repository is not supported natively", f"clone it in a RUN, or {ELSEWHERE}"


def _is_git(word: str) -> bool:
    return is_remote(word) and (word.startswith(("git@", "git://", "ssh://")) or ".git" in word)
