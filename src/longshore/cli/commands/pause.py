"""`shore pause`: hold running services where they are; `unpause` lets them go on."""

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
    from longshore.cli.lifecycle import change
    from longshore.flow.home import Session, enabled
    from longshore.flow.lifecycle import Change
    from longshore.plan import lifecycle
    from longshore.plan.operation import Plan

    def plan(session: Session) -> Plan:
        services = enabled(session, args.services)
        make = lifecycle.pause if what == "pause" else lifecycle.unpause
        return make(session.observed, services)

    return finish(change(args, Change(what, plan), nothing))
