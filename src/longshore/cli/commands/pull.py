"""`shore pull`: fetch the images of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.model.stack import Stack

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--include-deps", action="store_true", help="also what the services need")
    parser.add_argument("--ignore-buildable", action="store_true", help="leave out what can be built")
    parser.add_argument("--ignore-pull-failures", action="store_true", help="fetch what can be had")
    parser.add_argument("--policy", choices=("missing", "always"), default="always", metavar="missing|always",
                        help="fetch what is there, too")  # fmt: skip
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def run(args: Args) -> int:
    from longshore.cli.session import load_stack

    return finish(_pull(args, load_stack(args, args.services)))


async def _pull(args: Args, stack: Stack) -> int:
    from longshore.cli.display import open_reporter
    from longshore.cli.session import chosen
    from longshore.flow.converge import Convergence, Wish
    from longshore.model.errors import ShoreError
    from longshore.plan.images import image_plan
    from longshore.state.observed import Observed

    named = tuple(stack.services) if args.include_deps or not args.services else tuple(args.services)
    names = [n for n in named if stack.services[n].image and not (stack.services[n].build and args.ignore_buildable)]
    if args.quiet:
        args.progress = "quiet"
    async with chosen(args, stack) as choice:
        observed = Observed(stack.name)
        images = {name: await choice.engine.find_image(stack, stack.services[name]) for name in names}
        present = {name: image is not None for name, image in images.items()}
        plan = image_plan(stack, names, present, no_build=True, pull=args.policy)
        if args.dry_run:
            print(str(plan) or "nothing to fetch")
            return 0
        report = open_reporter(args, stack, observed, services=names)
        convergence = Convergence(choice.engine, stack, observed, Wish(offline=args.offline), report.take)
        try:
            await convergence.make_images(plan)
        except ShoreError:
            if not args.ignore_pull_failures:
                raise
        finally:
            report.close()
    return 0
