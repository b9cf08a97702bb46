"""`shore ls`: the projects of every engine that answers."""

from __future__ import annotations

import json

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("-a", "--all", action="store_true", help="also projects of which nothing runs")
    parser.add_argument("-q", "--quiet", action="store_true", help="only their names")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="how")
    parser.add_argument("--filter", action="append", default=[], metavar="name=TEXT", help="only names with that in")


def run(args: Args) -> int:
    from longshore.model.errors import UsageError

    for word in args.filter:
        if not word.startswith("name="):
            raise UsageError(f"--filter: {word!r} is not a filter", hint="name=TEXT")
    return finish(_ls(args))


async def _ls(args: Args) -> int:
    from longshore.cli.display import print_table
    from longshore.cli.where import where
    from longshore.flow.home import every_project
    from longshore.model.labels import CONFIG_FILES
    from longshore.report.line import Span

    wanted = [word.partition("=")[2] for word in args.filter]
    rows: list[tuple[str, str, str, str]] = []
    for engine, project, observed in await every_project(where(args)):
        live = [c for c in observed.containers if c.state in ("running", "restarting", "paused")]
        if (live or args.all) and all(text in project for text in wanted):
            files = next((c.labels.get(CONFIG_FILES, "") for c in observed.containers), "")
            rows.append((project, _status(observed.containers if args.all else live), engine, files))
    if args.quiet:
        print("".join(f"{name}\n" for name, *_ in rows), end="")
    elif args.format == "json":
        print(json.dumps([{"Name": n, "Status": s, "ConfigFiles": f} for n, s, _, f in rows], separators=(",", ":")))
    else:
        table = [tuple(Span(cell) for cell in row) for row in rows]
        print_table(args, ("NAME", "STATUS", "ENGINE", "CONFIG FILES"), table)
    return 0


def _status(containers: object) -> str:
    """Docker Compose's words: "running(2), exited(1)"."""
    from collections import Counter
    from collections.abc import Sequence

    assert isinstance(containers, Sequence)
    counts = Counter(c.state for c in containers)
    return ", ".join(f"{state}({counts[state]})" for state in sorted(counts))
