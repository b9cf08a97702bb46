"""`shore build`: build the images of services."""

from __future__ import annotations

from typing import Any

from longshore.cli.arguments import Args, Parser, Refused, pair
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--no-cache", action="store_true", help="redo every step")
    parser.add_argument("--pull", action="store_true", help="look for newer base images")
    parser.add_argument("--build-arg", action="append", type=pair, default=[], metavar="NAME=VALUE", help="an ARG")
    parser.add_argument("--push", action="store_true", help="publish the images then")
    parser.add_argument("--with-dependencies", action="store_true", help="also what the services need")
    parser.add_argument("-q", "--quiet", action="store_true", help="no output")
    for flags, settings in _NOT_HERE.items():
        parser.add_argument(*flags.split(", "), action=Refused, **settings)


_NOT_HERE: dict[str, dict[str, Any]] = {
    "--ssh": {"reason": "keys are named in the file (build.ssh)"},
    "--builder": {"reason": "the engine's own builder builds"},
    "-m, --memory": {"reason": "BuildKit bounds no memory either"},
    "--provenance": {"reason": "nothing is attested", "harmless": ("false",)},
    "--sbom": {"reason": "nothing is attested", "harmless": ("false",)},
    "--check": {"reason": "shore doctor examines Dockerfiles", "nargs": 0},
    "--print": {"reason": "no bake file is made", "nargs": 0},
}
"""What Docker Compose has and this command has not."""


def run(args: Args) -> int:
    return finish(_build(args))


async def _build(args: Args) -> int:
    from longshore.cli.screens import Screens
    from longshore.cli.where import where
    from longshore.engine.base import BuildOptions
    from longshore.flow.home import load_stack
    from longshore.flow.images import build, build_plan
    from longshore.report.line import Span

    place = where(args)
    stack = load_stack(place, args.services)
    names = tuple(stack.services) if args.with_dependencies or not args.services else tuple(args.services)
    plan = build_plan(stack, names)
    if args.dry_run:
        print(str(plan) or "nothing to build")
        return 0
    screens = Screens(args, mode="quiet" if args.quiet else "")
    options = BuildOptions(dict(args.build_arg), args.no_cache, args.pull, args.offline)
    await build(place, stack, names, options, screens, publish=args.push)
    if not plan:
        screens.say([(Span("no service has a build:", "dim"),)])
    return 0
