"""`shore top`: the processes of running services."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")


def run(args: Args) -> int:
    return finish(_top(args))


async def _top(args: Args) -> int:
    import pwd

    from longshore.cli.display import screen_of
    from longshore.cli.where import where
    from longshore.flow.home import at_home, select
    from longshore.flow.processes import processes_of, snapshot
    from longshore.report.line import Span, columns, cut, paint
    from longshore.report.times import size, ticks

    async with at_home(where(args)) as session:
        named = set(select(session, args.services))
        running = [c for c in session.observed.containers if c.state == "running"]
        chosen = [c for c in running if not named or c.service in named]
    names = {entry.pw_uid: entry.pw_name for entry in pwd.getpwall()}
    every = snapshot()
    rows = [
        (Span(c.name, "name"), Span(str(p.pid)), Span(names.get(p.uid, str(p.uid))), Span(ticks(p.ticks / 100)),
         Span(size(p.resident)), Span(p.command))
        for c in chosen for p in processes_of(c, every)
    ]  # fmt: skip
    screen = screen_of(args, out=True)
    head = tuple(Span(word, "dim") for word in ("CONTAINER", "PID", "USER", "TIME", "MEMORY", "COMMAND"))
    for line in columns([head, *rows]):
        print(paint(cut(line, screen.width), screen.colour))
    return 0
