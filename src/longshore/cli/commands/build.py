"""`shore build`: build the images of services."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser, size, variable
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.home import Where
    from longshore.model.stack import Stack

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--no-cache", action="store_true", help="redo every step")
    parser.add_argument("--pull", action="store_true", help="look for newer base images")
    parser.add_argument("--build-arg", action="append", type=variable, default=[], metavar="NAME=VALUE", help="an ARG")
    parser.add_argument("--push", action="store_true", help="publish the images then")
    parser.add_argument("--oci", metavar="PATH", help="then write the images as an OCI archive, or a folder (native)")
    parser.add_argument("--with-dependencies", action="store_true", help="also what the services need")
    parser.add_argument("-q", "--quiet", action="store_true", help="no output")
    parser.add_argument("--check", action="store_true", help="build nothing: say what is likely wrong in Dockerfiles")
    parser.add_argument("--print", action="store_true", help="build nothing: print a file for docker buildx bake")
    parser.add_argument("--ssh", metavar="ID[=PATH]", help="an SSH agent or key for RUN --mount=type=ssh (docker)")
    parser.add_argument("--builder", default="", metavar="NAME", help="the builder of buildx (docker)")
    parser.add_argument("--provenance", default="", metavar="VALUE", help="attest how it was built (docker)")
    parser.add_argument("--sbom", default="", metavar="VALUE", help="attest what is in it (docker)")
    parser.add_argument("-m", "--memory", type=size, default=0, metavar="SIZE", help="taken; no builder bounds it")


def run(args: Args) -> int:
    return finish(_build(args))


async def _build(args: Args) -> int:
    from longshore.cli.screens import Screens
    from longshore.cli.where import where
    from longshore.engine.base import BuildOptions
    from longshore.flow.home import load_stack
    from longshore.flow.images import build, build_plan, with_keys
    from longshore.report.line import Span

    keys = _keys(args.ssh)
    place = where(args)
    if args.print:
        return _print(args, place, keys)
    stack = load_stack(place, args.services)
    names = tuple(stack.services) if args.with_dependencies or not args.services else tuple(args.services)
    if args.check:
        return await _check(args, place, stack, names)
    if args.memory:
        place.say("warning: --memory is not supported by BuildKit, nor natively: no build is bounded by it")
    plan = build_plan(stack, names)
    if args.dry_run:
        print(str(plan) or "nothing to build")
        return 0
    screens = Screens(args, mode="quiet" if args.quiet else "")
    options = BuildOptions(
        dict(args.build_arg), args.no_cache, args.pull, args.offline, args.builder, args.provenance, args.sbom
    )
    await build(place, with_keys(stack, keys), names, options, screens, publish=args.push)
    if args.oci and plan:
        from pathlib import Path

        from longshore.flow.imagearchives import save
        from longshore.model.reference import image_name

        built = [image_name(stack.name, stack.services[name]) for name in names if stack.services[name].build]
        await save(place, tuple(dict.fromkeys(built)), Path(args.oci))
    if not plan:
        screens.say([(Span("no service has a build:", "dim"),)])
    return 0


def _keys(word: str | None) -> Mapping[str, str | None]:
    """What --ssh asks for: the key of that id, None for what the agent has."""
    from longshore.model.errors import UsageError

    if word is None:
        return {}
    name, equals, path = (word or "default").partition("=")
    if not equals and name != "default":
        raise UsageError(f"shore build: --ssh: {word!r} is not a key", hint="default, or ID=PATH")
    return {name: path or None}


def _print(args: Args, place: Where, keys: Mapping[str, str | None]) -> int:
    from longshore.compose.write.bake import BakeOptions
    from longshore.flow.bake import bake_file

    options = BakeOptions(
        dict(args.build_arg), tuple((name, path or "") for name, path in keys.items()),
        pull=args.pull, push=args.push, no_cache=args.no_cache, check=args.check,
    )  # fmt: skip
    print(bake_file(place, args.services, options, needed=args.with_dependencies), end="")
    return 0


async def _check(args: Args, place: Where, stack: Stack, names: tuple[str, ...]) -> int:
    """Print what is found, as bake does; 1 where something is."""
    from longshore.cli.errors import lines_of
    from longshore.flow.buildcheck import check_builds
    from longshore.report.buildcheck import check_text

    code = 0
    for index, one in enumerate(await check_builds(place, stack, names, dict(args.build_arg))):
        code = 1 if one.findings or one.error else code
        if args.quiet:
            continue
        sys.stdout.write(("\n" if index else "") + f"{one.service.replace('.', '_')}\n\n")
        if one.error:
            print("\n".join(line for line, _ in lines_of(one.error, "error:")))
        else:
            sys.stdout.write(check_text(one.name, one.text, one.findings))
    return code
