"""`shore build`: build the images of services."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser, pair
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.model.stack import Stack

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--no-cache", action="store_true", help="redo every step")
    parser.add_argument("--pull", action="store_true", help="look for newer base images")
    parser.add_argument("--build-arg", action="append", type=pair, default=[], metavar="NAME=VALUE", help="an ARG")
    parser.add_argument("--with-dependencies", action="store_true", help="also what the services need")
    parser.add_argument("-q", "--quiet", action="store_true", help="no output")
    for flag in ("--ssh", "--builder", "-m", "--memory", "--provenance", "--sbom"):
        parser.add_argument(flag, help=argparse.SUPPRESS)


def run(args: Args) -> int:
    from longshore.cli.session import load_stack

    return finish(_build(args, load_stack(args, args.services)))


async def _build(args: Args, stack: Stack) -> int:
    from longshore.cli.display import open_reporter
    from longshore.cli.session import chosen
    from longshore.engine.base import BuildOptions
    from longshore.flow.converge import Convergence, Wish
    from longshore.plan.images import image_plan
    from longshore.report.line import Span
    from longshore.state.observed import Observed

    wanted = tuple(stack.services) if args.with_dependencies or not args.services else tuple(args.services)
    names = [name for name in wanted if stack.services[name].build]
    plan = image_plan(stack, names, {}, build=True)
    if args.dry_run:
        print(str(plan) or "nothing to build")
        return 0
    if args.quiet:
        args.progress = "quiet"
    async with chosen(args, stack) as choice:
        observed = Observed(stack.name)
        report = open_reporter(args, stack, observed, services=names)
        options = BuildOptions(dict(args.build_arg), args.no_cache, args.pull, args.offline)
        convergence = Convergence(choice.engine, stack, observed, Wish(building=options), report.take)
        if not plan:
            report.say([(Span("no service has a build:", "dim"),)])
        try:
            await convergence.make_images(plan)
        finally:
            report.close()
    return 0
