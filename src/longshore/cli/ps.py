"""`shore ps`: the project's containers, as a table for people or JSON Lines in Docker Compose's shape."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.cli.session import Session
    from longshore.state.observed import Container

__all__ = ["add_arguments", "run"]

STATES = ("paused", "restarting", "removing", "running", "dead", "created", "exited")
ENDED = frozenset({"exited", "created", "dead"})


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-a", "--all", action="store_true", help="also stopped ones, and those of shore run")
    parser.add_argument("-q", "--quiet", action="store_true", help="only their ids")
    parser.add_argument("--format", default="table", metavar="table|json", help="how to print them")
    parser.add_argument("--services", dest="names_only", action="store_true", help="only the services' names")
    parser.add_argument("--status", action="append", choices=STATES, metavar="STATE", help="only in this state")
    parser.add_argument("--filter", action="append", metavar="status=STATE", help="the same as --status")
    parser.add_argument("--orphans", choices=("true", "false"), nargs="?", const="true", default="true",
                        metavar="false", help="leave out services that are not in the file")  # fmt: skip
    parser.add_argument("--no-trunc", action="store_true", help="full ids and commands")


def run(args: Args) -> int:
    from longshore.model.errors import UsageError

    if args.format not in ("table", "json", "pretty"):
        raise UsageError(f"--format: {args.format!r} is not a format", hint="one of table, json")
    states = _states(args)
    return finish(_ps(args, states))


def _states(args: Args) -> set[str]:
    from longshore.model.errors import UsageError

    states = set(args.status or ())
    for word in args.filter or ():
        key, _, value = word.partition("=")
        if key != "status" or value not in STATES:
            raise UsageError(f"--filter: {word!r} is not a filter", hint=f"status=STATE, one of {', '.join(STATES)}")
        states.add(value)
    return states


async def _ps(args: Args, states: set[str]) -> int:
    from longshore.cli.session import at_home

    async with at_home(args) as session:
        chosen = list(_chosen(args, session, states))
        for line in _lines(args, session, chosen):
            print(line)
    return 0


def _chosen(args: Args, session: Session, states: set[str]) -> list[Container]:
    from longshore.cli.session import select

    named = set(select(session, args.services))
    known = {*session.stack.services, *session.stack.disabled} if session.stack else set(session.services)
    order = {name: index for index, name in enumerate(session.services)}
    found = [
        c for c in session.observed.containers
        if (not named or c.service in named)
        and (args.orphans == "true" or c.service in known)
        and (c.state in states if states else args.all or (c.state not in ENDED and not c.oneoff))
    ]  # fmt: skip
    return sorted(found, key=lambda c: (order.get(c.service, len(order)), c.oneoff, c.number))


def _lines(args: Args, session: Session, containers: list[Container]) -> list[str]:
    from longshore.cli.display import screen_of
    from longshore.report.containers import container_json, ps_table
    from longshore.report.line import cut, paint

    if args.quiet:
        return [c.id for c in containers]
    if args.names_only:
        return list(dict.fromkeys(c.service for c in containers))
    now = time.time()
    if args.format == "json":
        return [container_json(c, session.project, now, full=args.no_trunc) for c in containers]
    screen = screen_of(args, out=True)
    if not containers:
        return _nothing(session, args.all)
    return [paint(cut(line, screen.width), screen.colour) for line in ps_table(containers, now, unicode=screen.unicode)]


def _nothing(session: Session, everything: bool) -> list[str]:
    import sys

    from longshore.report.containers import ps_table
    from longshore.report.line import paint

    stopped = 0 if everything else len(session.observed.containers)
    hint = f"{stopped} stopped: shore ps -a" if stopped else "start it: shore up -d"
    if not sys.stdout.isatty():
        return [paint(line, False) for line in ps_table([], 0.0)]
    print(f"nothing of {session.project} runs ({hint})", file=sys.stderr)
    return []
