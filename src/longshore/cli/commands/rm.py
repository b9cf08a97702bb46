"""`shore rm`: remove stopped containers."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-f", "--force", action="store_true", help="do not ask")
    parser.add_argument("-s", "--stop", action="store_true", help="stop them first")
    parser.add_argument("-v", "--volumes", action="store_true", help="remove their anonymous volumes, too")


def run(args: Args) -> int:
    from longshore.cli.ask import confirm
    from longshore.cli.lifecycle import change
    from longshore.engine.executor import ExecuteOptions
    from longshore.flow.home import Session, enabled
    from longshore.flow.lifecycle import Change
    from longshore.plan.lifecycle import remove
    from longshore.plan.operation import Plan

    def plan(session: Session) -> Plan:
        found = remove(session.observed, enabled(session, args.services), stop_first=args.stop)
        names = [operation.container for operation in found.operations if operation.kind == "remove"]
        shown = [c.name for c in session.observed.containers if c.id in names]
        if shown and args.force and not args.dry_run:
            print(f"Going to remove {', '.join(shown)}", flush=True)  # as Docker Compose, for scripts that read it
        elif shown and not args.dry_run:
            confirm(f"remove {', '.join(shown)}?", "say yes with --force")
        return found

    options = ExecuteOptions(remove_volumes=args.volumes)
    return finish(change(args, Change("rm", plan, options), "no stopped container"))
