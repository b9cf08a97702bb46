"""`shore ps`: the project's containers, as a table for people or JSON Lines in Docker Compose's shape."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.state.observed import Container

__all__ = ["add_arguments", "run"]

STATES = ("paused", "restarting", "removing", "running", "dead", "created", "exited")
FORMATS = ("table", "json", "pretty")
"""By name; what else is said with --format is a template."""
ENDED = frozenset({"exited", "created", "dead"})


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-a", "--all", action="store_true", help="also stopped ones, and those of shore run")
    parser.add_argument("-q", "--quiet", action="store_true", help="only their ids")
    parser.add_argument("--format", default="table", metavar="table|json|TEMPLATE", help="how to print them")
    parser.add_argument("--services", dest="names_only", action="store_true", help="only the services' names")
    parser.add_argument("--status", action="append", choices=STATES, metavar="STATE", help="only in this state")
    parser.add_argument("--filter", action="append", metavar="status=STATE", help="the same as --status")
    parser.add_argument("--orphans", action="store_true", default=True,
                        help="also services that are not in the file; --orphans=false leaves them out")  # fmt: skip
    parser.add_argument("--no-trunc", action="store_true", help="full ids and commands")


def run(args: Args) -> int:
    if args.format not in FORMATS:
        _check_template(args.format)
    states = _states(args)
    project, containers = _glance(args)
    if containers is None:
        return finish(_ps(args, states))
    _print(args, project, _chosen(args, containers, states))
    return 0


def _glance(args: Args) -> tuple[str, list[Container] | None]:
    """The project and its containers the short way: the plain name, and the native agent's own answer. None when a
    closer look is needed."""
    from longshore.compose.read.quickname import quick_name
    from longshore.native.command.quicklist import glance

    engine = args.engine or os.environ.get("SHORE_ENGINE") or "auto"
    plain = not (args.project_directory or args.env_files or not args.orphans)
    if engine not in ("auto", "native") or not plain or not sys.platform.startswith("linux"):
        return "", None
    project = quick_name(args.files or (), args.project or "", os.environ)
    containers: Any = glance(project) if project else None
    if containers is None or {*args.services} - {c.service for c in containers}:
        return "", None
    return project or "", containers


def _states(args: Args) -> set[str]:
    states = set(args.status or ())
    for word in args.filter or ():
        key, _, value = word.partition("=")
        if key != "status" or value not in STATES:
            from longshore.model.errors import UsageError

            raise UsageError(f"--filter: {word!r} is not a filter", hint=f"status=STATE, one of {', '.join(STATES)}")
        states.add(value)
    return states


async def _ps(args: Args, states: set[str]) -> int:
    from longshore.cli.where import where
    from longshore.flow.home import at_home, in_brief, select
    from longshore.plan.orphans import is_orphan

    async with in_brief(where(args), args.services) if args.orphans else at_home(where(args)) as session:
        select(session, args.services)
        containers = list(session.observed.containers)
        if not args.orphans and session.stack:
            containers = [c for c in containers if not is_orphan(c, session.stack)]
    _print(args, session.project, _chosen(args, containers, states))
    return 0


def _chosen(args: Args, containers: list[Container], states: set[str]) -> list[Container]:
    """Those that are asked for, by name, as Docker Compose sorts them."""
    named = set(args.services)
    found = [
        c for c in containers
        if (not named or c.service in named)
        and (c.state in states if states else args.all or (c.state not in ENDED and not c.oneoff))
    ]  # fmt: skip
    return sorted(found, key=lambda c: (c.service, c.oneoff, c.number, c.name))


def _print(args: Args, project: str, containers: list[Container]) -> None:
    for line in _lines(args, project, containers):
        print(line)


def _lines(args: Args, project: str, containers: list[Container]) -> list[str]:
    from longshore.report.containers import container_facts, container_json, ps_table
    from longshore.report.line import cut, paint
    from longshore.report.terminal import look

    if args.quiet:
        return [c.id for c in containers]
    if args.names_only:
        return list(dict.fromkeys(c.service for c in containers))
    now = time.time()
    if args.format == "json":
        return [container_json(c, project, now, full=args.no_trunc) for c in containers]
    if args.format not in FORMATS:
        return _by_template(args, [container_facts(c, project, now, full=args.no_trunc) for c in containers])
    screen = look(sys.stdout, args.ansi or "auto")
    if not containers and screen.live:
        print(f"nothing of {project} runs (stopped ones: shore ps -a; start it: shore up -d)", file=sys.stderr)
        return []
    return [paint(cut(line, screen.width), screen.colour) for line in ps_table(containers, now, unicode=screen.unicode)]


def _check_template(text: str) -> None:
    from longshore.model.errors import UsageError
    from longshore.report.gotemplate import is_template

    if not is_template(text):
        raise UsageError(f"--format: {text!r} is not a format", hint="table, json, or a template as {{.Name}}")


def _by_template(args: Args, rows: list[Mapping[str, Any]]) -> list[str]:
    from longshore.model.errors import UsageError
    from longshore.report.gotemplate import filled

    try:
        return filled(args.format, rows)
    except ValueError as error:
        hint = f"fields are {', '.join(rows[0])}" if rows else "for example {{.Name}} {{.State}}"
        raise UsageError(f"--format: {error} is not known here", hint=hint) from None
