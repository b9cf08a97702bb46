"""`shore events`: what happens to the project's containers, as it happens."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.state.events import Event

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only of these")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--since", metavar="TIME", help="from then on, as far as the engine remembers: 10m, a date")
    parser.add_argument("--until", metavar="TIME", help="up to then")


def run(args: Args) -> int:
    import time

    from longshore.cli.sinceuntil import moment

    now = time.time()
    return finish(_events(args, moment("--since", args.since, now), moment("--until", args.until, now, ahead=True)))


async def _events(args: Args, since: float | None, until: float | None) -> int:
    import asyncio
    import time
    from contextlib import suppress

    from longshore.cli.where import where
    from longshore.flow.home import at_home, select

    left = None if until is None else max(SETTLED, until - time.time())
    with suppress(TimeoutError):
        async with at_home(where(args)) as session, asyncio.timeout(left):
            named = set(select(session, args.services))
            async for event in session.engine.events(session.project):
                if named and event.service not in named:
                    continue
                if (since or 0.0) <= event.time <= (until or event.time):
                    _tell(event, as_objects=args.json)
    return 0


SETTLED = 1.0
"""Seconds in which an engine has told what there was, for a time that is past already."""


def _tell(event: Event, *, as_objects: bool) -> None:
    from longshore.report.eventlines import event_line
    from longshore.state.events import as_json

    sys.stdout.write((json.dumps(as_json(event)) if as_objects else event_line(event)) + "\n")
    sys.stdout.flush()
