"""`shore pause`: hold running services where they are; `unpause` lets them go on. The native engine cannot."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "hold", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")


def run(args: Args) -> int:
    return hold(args, "pause", "nothing runs")


def hold(args: Args, what: str, nothing: str) -> int:
    """Carry out `pause` or `unpause`."""
    from longshore.cli.change import Change, change
    from longshore.cli.session import Session, select
    from longshore.engine.base import Pauses
    from longshore.model.errors import ShoreError
    from longshore.plan import lifecycle
    from longshore.plan.operation import Plan

    def plan(session: Session) -> Plan:
        if not isinstance(session.engine, Pauses):
            raise ShoreError(
                f"the {session.engine.name} engine cannot {what} services",
                hint="stop them, or run them with --engine docker",
            )
        services = select(session, args.services)
        make = lifecycle.pause if what == "pause" else lifecycle.unpause
        return make(session.observed, services)

    return finish(change(args, Change(what, plan, nothing=nothing)))
