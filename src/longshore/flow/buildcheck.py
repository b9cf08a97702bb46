"""The flow of `build --check`: Dockerfiles are read and nothing is built."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from longshore.dockerfile.ignore import dockerfile_text, find_ignore
from longshore.dockerfile.instructions import parse
from longshore.dockerfile.lint.finding import Finding
from longshore.dockerfile.lint.lint import lint
from longshore.dockerfile.lint.stage import Known
from longshore.dockerfile.stages import resolve
from longshore.engine.base import Engine
from longshore.flow.home import Where, at_home
from longshore.model.errors import ShoreError
from longshore.model.record import record, replace
from longshore.model.service import Build, Service
from longshore.model.stack import Stack
from longshore.model.variables import valued

__all__ = ["Checked", "check_builds"]

SERVICE, IMAGE = "service:", "docker-image://"


@record
class Checked:
    """What was found in the Dockerfile of a service, a file of that `name`; or the `error` that it has."""

    service: str
    name: str
    text: str
    findings: tuple[Finding, ...] = ()
    error: ShoreError | None = None


async def check_builds(
    where: Where, stack: Stack, names: Iterable[str], args: Mapping[str, str | None]
) -> tuple[Checked, ...]:
    """Check the Dockerfile of each service of that name that is built, with these arguments of the command line. What
    an image sets is known where the engine has it."""
    async with contextlib.AsyncExitStack() as opened:
        engine: Engine | None = None
        with contextlib.suppress(ShoreError):
            engine = (await opened.enter_async_context(at_home(where))).engine
        found = [await _check(stack, stack.services[name], args, engine) for name in sorted(names)]
    return tuple(one for one in found if one)


async def _check(
    stack: Stack, service: Service, args: Mapping[str, str | None], engine: Engine | None
) -> Checked | None:
    build = service.build
    if build is None:
        return None
    _check_local(service, build)
    text, file = dockerfile_text(build)
    name = "inline" if build.dockerfile_inline is not None else file
    given = valued({**build.args, **args}, stack.environment)
    try:
        bases = {one.image for one in resolve(parse(text, name), given, build.additional_contexts, build.target)}
        known = {base: await _variables(stack, service, build, base, engine) for base in bases if base}
        found = lint(
            text, name, given, build.target,
            image=known.get, ignored=find_ignore(Path(build.context), build).takes, contexts=build.additional_contexts,
        )  # fmt: skip
    except ShoreError as error:
        return Checked(service.name, name, text, error=error)
    return Checked(service.name, name, text, tuple(found))


async def _variables(stack: Stack, service: Service, build: Build, base: str, engine: Engine | None) -> Known:
    """What a base image sets; nothing in a folder, None where the image is not there."""
    context = build.additional_contexts.get(base, base)
    if context.startswith(SERVICE):
        meant = stack.known(context.removeprefix(SERVICE))
    elif context != base and not context.startswith(IMAGE):
        return {}
    else:
        meant = replace(service, image=context.removeprefix(IMAGE), build=None)
    found = await engine.find_image(stack, meant) if engine and meant else None
    return found.environment if found else None


def _check_local(service: Service, build: Build) -> None:
    if "://" in build.context or build.context.startswith("git@"):
        raise ShoreError(
            f"services.{service.name}.build.context {build.context} is remote, which --check does not fetch",
            hint="clone it and name the folder",
            place=service.place("context", "build"),
        )
