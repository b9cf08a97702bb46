"""`shore push`: publish the images that services build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.model.service import Service
    from longshore.model.stack import Stack
    from longshore.state.events import Emit

__all__ = ["add_arguments", "run"]


@runtime_checkable
class Publisher(Protocol):
    """An engine that can publish images."""

    async def push(self, stack: Stack, service: Service, emit: Emit) -> None: ...


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("--include-deps", action="store_true", help="also what the services need")
    parser.add_argument("--ignore-push-failures", action="store_true", help="publish what can be")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def run(args: Args) -> int:
    from longshore.cli.session import load_stack

    return finish(_push(args, load_stack(args, args.services)))


async def _push(args: Args, stack: Stack) -> int:
    from longshore.cli.display import open_reporter
    from longshore.cli.session import chosen
    from longshore.model.errors import ShoreError
    from longshore.state.observed import Observed

    named = tuple(stack.services) if args.include_deps or not args.services else tuple(args.services)
    names = [name for name in named if stack.services[name].build and stack.services[name].image]
    if args.quiet:
        args.progress = "quiet"
    async with chosen(args, stack) as choice:
        engine = choice.engine
        if not isinstance(engine, Publisher):
            raise ShoreError(f"{engine.name} publishes no images", hint="use --engine docker")
        report = open_reporter(args, stack, Observed(stack.name), services=names)
        try:
            for name in names:
                try:
                    await engine.push(stack, stack.services[name], report.take)
                except ShoreError:
                    if not args.ignore_push_failures:
                        raise
        finally:
            report.close()
    return 0
