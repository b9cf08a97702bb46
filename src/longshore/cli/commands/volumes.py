"""`shore volumes`: the project's named volumes and where they are."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only those that these use")
    parser.add_argument("-q", "--quiet", action="store_true", help="only their names")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="how")


def run(args: Args) -> int:
    return finish(_volumes(args))


async def _volumes(args: Args) -> int:
    from longshore.cli.display import print_table
    from longshore.cli.where import where
    from longshore.flow.home import at_home, select
    from longshore.report.line import Span
    from longshore.report.volumes import volume_json

    async with at_home(where(args)) as session:
        named = set(select(session, args.services))
        used = {v for c in session.observed.containers if c.service in named for v in c.volumes}
        found = [v for v in session.observed.volumes if not named or v.name in used]
    if args.quiet:
        print("".join(f"{volume.name}\n" for volume in found), end="")
    elif args.format == "json":
        print("".join(f"{volume_json(volume)}\n" for volume in found), end="")
    else:
        users = {v.name: [c.service for c in session.observed.containers if v.name in c.volumes] for v in found}
        table = [(Span(v.name), Span(", ".join(dict.fromkeys(users[v.name])) or "–"), Span(v.path)) for v in found]
        print_table(args, ("VOLUME", "USED BY", "PATH"), table)
    return 0
