"""`shore pull`: fetch the images of services."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


UNWANTED = ("never", "build")
"""Policies of services whose images nobody fetches unless --policy says so."""


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--include-deps", action="store_true", help="also what the services need")
    parser.add_argument("--ignore-buildable", action="store_true", help="leave out what can be built")
    parser.add_argument("--ignore-pull-failures", action="store_true", help="fetch what can be had")
    parser.add_argument("--policy", choices=("missing", "always"), metavar="missing|always",
                        help="for all of them: fetch what is there, too, or not")  # fmt: skip
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def run(args: Args) -> int:
    return finish(_pull(args))


async def _pull(args: Args) -> int:
    from longshore.cli.screens import Screens
    from longshore.cli.where import where
    from longshore.flow.home import load_stack
    from longshore.flow.images import pull, pull_plan

    place = where(args)
    stack = load_stack(place, args.services)
    named = tuple(stack.services) if args.include_deps or not args.services else tuple(args.services)
    services = {name: stack.services[name] for name in named}
    unwanted = () if args.policy else UNWANTED
    names = tuple(
        name for name, service in services.items()
        if service.image and service.pull_policy not in unwanted and not (service.build and args.ignore_buildable)
    )  # fmt: skip
    policy = args.policy or "always"
    if not names:
        place.say("nothing to fetch")
        return 0
    if args.dry_run:
        print(str(await pull_plan(place, stack, names, policy)) or "nothing to fetch")
        return 0
    screens = Screens(args, mode="quiet" if args.quiet else "")
    await pull(place, stack, names, policy, screens, ignore_failures=args.ignore_pull_failures)
    return 0
