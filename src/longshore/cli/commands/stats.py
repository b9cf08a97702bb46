"""`shore stats`: processor and memory use of running services, once a second."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.processes import Usage
    from longshore.report.line import Line
    from longshore.state.observed import Container

__all__ = ["add_arguments", "run"]

EVERY = 1.0
"""Seconds between two looks."""


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-a", "--all", action="store_true", help="also those that do not run")
    parser.add_argument("--no-stream", action="store_true", help="once only")
    parser.add_argument("--no-trunc", action="store_true", help="full ids")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="how")


def run(args: Args) -> int:
    return finish(_stats(args))


async def _stats(args: Args) -> int:
    import asyncio

    from longshore.cli.display import screen_of
    from longshore.cli.where import where
    from longshore.flow.home import at_home, select
    from longshore.flow.processes import processes_of, snapshot, usage
    from longshore.report.live import Foot

    screen = screen_of(args, out=True)
    foot = Foot(sys.stdout, screen.colour)
    async with at_home(where(args)) as session:
        named = set(select(session, args.services))
        before = snapshot()
        while True:
            await asyncio.sleep(EVERY)
            after = snapshot()
            observed = await session.engine.observe(session.project)
            chosen = [
                c for c in observed.containers
                if (not named or c.service in named) and (args.all or c.state == "running")
            ]  # fmt: skip
            found = [(c, usage(processes_of(c, before), processes_of(c, after), EVERY)) for c in chosen]
            _show(args, found, foot, live=screen.live)
            before = after
            if args.no_stream:
                return 0


def _show(args: Args, found: list[tuple[Container, Usage]], foot: object, *, live: bool) -> None:
    from longshore.report.line import paint
    from longshore.report.live import Foot

    if args.format == "json":
        for container, used in found:
            print(json.dumps(_facts(container, used, full=args.no_trunc), separators=(",", ":")), flush=True)
    elif live and not args.no_stream:
        assert isinstance(foot, Foot)
        foot.draw(_table(found))
    else:
        print("\n".join(paint(line, False) for line in _table(found)), flush=True)


def _table(found: list[tuple[Container, Usage]]) -> list[Line]:
    from longshore.report.line import Span, columns
    from longshore.report.times import size

    head = tuple(Span(word, "dim") for word in ("CONTAINER", "CPU", "MEMORY", "PROCESSES"))
    rows = [
        (Span(c.name, "name"), Span(f"{used.cpu:.1f} %"), Span(size(used.memory)), Span(str(used.count)))
        for c, used in found
    ]
    return columns([head, *rows])


def _facts(container: Container, used: Usage, *, full: bool) -> dict[str, str]:
    """The keys of `docker stats --format json` that are known here."""
    from longshore.report.times import size

    identity = container.id if full else container.id[:12]
    return {
        "CPUPerc": f"{used.cpu:.2f}%", "Container": identity, "ID": identity,
        "MemUsage": size(used.memory), "Name": container.name, "PIDs": str(used.count),
    }  # fmt: skip
