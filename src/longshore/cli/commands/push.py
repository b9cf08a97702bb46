"""`shore push`: publish the images that services build."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--include-deps", action="store_true", help="also what the services need")
    parser.add_argument("--ignore-push-failures", action="store_true", help="publish what can be")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def run(args: Args) -> int:
    return finish(_push(args))


async def _push(args: Args) -> int:
    from longshore.cli.screens import Screens
    from longshore.cli.where import where
    from longshore.flow.home import load_stack
    from longshore.flow.images import named_images, push

    place = where(args)
    stack = load_stack(place, args.services)
    named = tuple(stack.services) if args.include_deps or not args.services else tuple(args.services)
    screens = Screens(args, mode="quiet" if args.quiet else "")
    await push(place, stack, named_images(stack, named), screens, ignore_failures=args.ignore_push_failures)
    return 0
