"""`shore start`: start containers that are there and stopped, in order."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")


def run(args: Args) -> int:
    from longshore.cli.lifecycle import change
    from longshore.flow.home import Session, enabled
    from longshore.flow.lifecycle import Change
    from longshore.model.errors import ShoreError
    from longshore.model.graph import with_dependencies
    from longshore.plan.lifecycle import start
    from longshore.plan.operation import Plan

    def plan(session: Session) -> Plan:
        names = enabled(session, args.services)
        if names and session.stack:
            every = {**session.stack.disabled, **session.stack.services}
            names = with_dependencies(every, names)
        if not session.observed.containers:
            raise ShoreError("there is no container to start", hint="make and start them: shore up -d")
        return start(session.stack, session.observed, names)

    return finish(change(args, Change("start", plan), "everything runs already"))
