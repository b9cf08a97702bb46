"""`shore logs`: what services wrote, all in one stream by time, or as it comes with -f."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    parser.add_argument("-n", "--tail", default="all", metavar="N", help="so many lines of each container")
    parser.add_argument("-t", "--timestamps", action="store_true", help="the time before each line")
    parser.add_argument("--since", metavar="TIME", help="from then on: 10m, 2h30m, 2026-01-31T12:00:00Z")
    parser.add_argument("--until", metavar="TIME", help="up to then")
    parser.add_argument("--no-log-prefix", action="store_true", help="lines as the services write them")
    parser.add_argument("--no-color", action="store_true", help="no colour")
    parser.add_argument("--index", type=int, default=0, metavar="N", help="only the container of that number")


def run(args: Args) -> int:
    import time

    from longshore.cli.sinceuntil import moment
    from longshore.engine.base import LogOptions
    from longshore.model.errors import UsageError

    if args.tail != "all" and not args.tail.lstrip("-").isdecimal():
        raise UsageError(f"--tail: {args.tail!r} is not a number of lines", hint='a number, or "all"')
    now = time.time()
    tail = None if args.tail == "all" or int(args.tail) < 0 else int(args.tail)
    options = LogOptions(args.follow, tail, moment("--since", args.since, now), moment("--until", args.until, now))
    return finish(_logs(args, options))


async def _logs(args: Args, options: object) -> int:
    import sys

    from longshore.cli.display import screen_of
    from longshore.cli.where import where
    from longshore.engine.base import LogOptions
    from longshore.flow.home import at_home, enabled
    from longshore.flow.shortnames import short_names
    from longshore.report.loglines import LogPrinter

    assert isinstance(options, LogOptions)
    async with at_home(where(args)) as session:
        chosen = enabled(session, args.services)
        containers = [
            c for c in session.observed.containers
            if (not c.oneoff or args.services) and (chosen is None or c.service in chosen)
            and args.index in (0, c.number)
        ]  # fmt: skip
        screen = screen_of(args, out=True)
        names = {c.name for c in containers}
        labels = {name: label for name, label in short_names(session.stack, session.observed).items() if name in names}
        printer = LogPrinter(
            labels, session.services, colour=screen.colour, prefix=not args.no_log_prefix,
            timestamps=args.timestamps, unicode=screen.unicode,
        )  # fmt: skip
        write = sys.stdout.write
        async for line in session.engine.logs(session.project, containers, options):
            write(printer.line(line) + "\n")
            if options.follow:
                sys.stdout.flush()
    return 0
