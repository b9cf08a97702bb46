"""`shore kill`: a signal to running services at once, without grace."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-s", "--signal", default="SIGKILL", metavar="SIGNAL", help="instead of SIGKILL")
    parser.add_argument("--remove-orphans", action="store_true", help="also services that are not in the file")


def run(args: Args) -> int:
    from longshore.cli.lifecycle import change
    from longshore.engine.executor import ExecuteOptions
    from longshore.flow.home import Session, enabled, select
    from longshore.flow.lifecycle import Change
    from longshore.plan.lifecycle import kill
    from longshore.plan.operation import Plan

    def plan(session: Session) -> Plan:
        if args.remove_orphans:
            return kill(session.observed, select(session, args.services) or None)
        return kill(session.observed, enabled(session, args.services))

    options = ExecuteOptions(signal=_checked(args.signal))
    return finish(change(args, Change("kill", plan, options), "nothing runs"))


def _checked(name: str) -> str:
    import signal

    from longshore.model.errors import UsageError
    from longshore.model.nearest import nearest
    from longshore.model.signals import real_time, signal_name

    if name.isdecimal() and int(name):
        return name
    full = signal_name(name)
    if (number := real_time(full)) is not None:
        return str(number)
    known = [one.name for one in signal.Signals]
    if full not in known:
        close = nearest(full, known, 0.75)
        raise UsageError(
            f"--signal: {name!r} is not a signal", hint=f"did you mean {close}?" if close else "see kill -l"
        )
    return full
