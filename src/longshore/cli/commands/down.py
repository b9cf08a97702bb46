"""`shore down`: stop and remove a project's containers and networks; with -v its data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser, seconds
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.home import Session
    from longshore.flow.lifecycle import Changed
    from longshore.report.line import Line

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-v", "--volumes", action="store_true", help="remove named and anonymous volumes: their data")
    parser.add_argument("--rmi", choices=("local", "all"), metavar="local|all",
                        help="remove images too: those without `image:`, or all")  # fmt: skip
    parser.add_argument("--remove-orphans", action="store_true", help="also services that are not in the file")
    parser.add_argument("-t", "--timeout", type=seconds, metavar="SECONDS", help="grace period")


def run(args: Args) -> int:
    from longshore.cli.lifecycle import change
    from longshore.cli.upoptions import parallel_limit, switched_on
    from longshore.engine.executor import ExecuteOptions
    from longshore.flow.home import named
    from longshore.flow.lifecycle import Change, finish_when_empty
    from longshore.plan.lifecycle import DownOptions, down
    from longshore.plan.operation import Plan
    from longshore.report.line import Span
    from longshore.report.times import prose

    began = time.monotonic()

    def plan(session: Session) -> Plan:
        environ = session.stack.environment if session.stack else {}
        orphans = args.remove_orphans or switched_on("COMPOSE_REMOVE_ORPHANS", environ)
        if args.rmi:
            _check_images(session)
        services = named(session, args.services)
        return down(session.stack, session.observed, DownOptions(services, args.volumes, orphans, args.rmi or ""))

    async def after(session: Session, done: Plan) -> None:
        if not args.services:
            await finish_when_empty(session, done)

    def last_words(done: Changed) -> Iterator[Line]:
        kept = [] if args.volumes else [v.name for v in done.observed.volumes if v.project == done.project]
        note = f" · data stays: {', '.join(kept)} (shore down -v removes it)" if kept and not args.services else ""
        if done.plan:
            yield (Span(f"down in {prose(time.monotonic() - began)}", "bold"), Span(note, "dim"))

    options = ExecuteOptions(timeout=args.timeout, remove_volumes=args.volumes, parallel=parallel_limit(args))
    wanted = Change("down", plan, options, after=after)
    return finish(change(args, wanted, "nothing to take down", last_words))


def _check_images(session: Session) -> None:
    """Before anything is taken down: is it known which images to remove."""
    from longshore.model.errors import ShoreError

    if session.stack is None:
        raise ShoreError("--rmi: without a Compose file it is not known which images to remove", hint="give it with -f")
