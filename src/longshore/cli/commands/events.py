"""`shore events`: what happens to the project's containers, as it happens."""

from __future__ import annotations

import json
import sys

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only of these")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: Args) -> int:
    return finish(_events(args))


async def _events(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.home import at_home, select
    from longshore.report.eventlines import event_line
    from longshore.state.events import as_json

    async with at_home(where(args)) as session:
        named = set(select(session, args.services))
        async for event in session.engine.events(session.project):
            if named and event.service not in named:
                continue
            sys.stdout.write((json.dumps(as_json(event)) if args.json else event_line(event)) + "\n")
            sys.stdout.flush()
    return 0
