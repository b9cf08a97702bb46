"""`shore stop`."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser, seconds
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-t", "--timeout", type=seconds, metavar="SECONDS", help="grace period")


def run(args: Args) -> int:
    from longshore.cli.lifecycle import change
    from longshore.engine.executor import ExecuteOptions
    from longshore.flow.home import Session, enabled
    from longshore.flow.lifecycle import Change
    from longshore.plan.lifecycle import stop
    from longshore.plan.operation import Plan

    def plan(session: Session) -> Plan:
        return stop(session.stack, session.observed, enabled(session, args.services))

    options = ExecuteOptions(timeout=args.timeout)
    return finish(change(args, Change("stop", plan, options), "nothing runs"))
