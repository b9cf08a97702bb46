"""`shore volume`: list volumes, make some, or remove them by name, also of projects whose files are gone."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("action", choices=("rm", "ls", "create"), metavar="rm|ls|create")
    parser.add_argument("names", nargs="*", metavar="VOLUME")
    parser.add_argument("--force", action="store_true", help="rm: do not ask")
    parser.add_argument("--label", action="append", default=[], metavar="KEY=VALUE", help="create: a label more")
    parser.add_argument("-q", "--quiet", action="store_true", help="ls: only their names")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="ls: how")


def run(args: Args) -> int:
    from longshore.model.errors import UsageError

    if args.action != "ls" and not args.names:
        raise UsageError(f"shore volume {args.action}: no volume is named", hint="see shore volume ls")
    return finish({"rm": _remove, "ls": _list, "create": _create}[args.action](args))


async def _list(args: Args) -> int:
    from longshore.cli.display import print_table
    from longshore.cli.where import where
    from longshore.flow.home import every_volume
    from longshore.report.line import Span
    from longshore.report.volumes import volume_json

    async with every_volume(where(args)) as found:
        if args.quiet:
            print("".join(f"{volume.name}\n" for _, volume in found), end="")
        elif args.format == "json":
            print("".join(f"{volume_json(volume)}\n" for _, volume in found), end="")
        else:
            rows = [(Span(v.name), Span(v.project or "–"), Span(engine.name)) for engine, v in found]
            print_table(args, ("VOLUME", "PROJECT", "ENGINE"), rows)
    return 0


async def _create(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.volumes import create_volumes

    if args.dry_run:
        print("\n".join(f"create volume  {name}" for name in args.names))
        return 0
    labels = dict(label.partition("=")[::2] for label in args.label)
    await create_volumes(where(args), tuple(args.names), labels)
    print("\n".join(args.names))
    return 0


async def _remove(args: Args) -> int:
    from longshore.cli.ask import confirm
    from longshore.cli.where import where
    from longshore.flow.home import every_volume
    from longshore.model.errors import ShoreError

    async with every_volume(where(args)) as there:
        found = [(engine, volume) for engine, volume in there if volume.name in args.names]
        missing = set(args.names) - {volume.name for _, volume in found}
        if missing:
            raise ShoreError(f"no such volume: {', '.join(sorted(missing))}", hint="see shore volume ls")
        if args.dry_run:
            print("\n".join(f"remove volume  {volume.name}" for _, volume in found))
            return 0
        if not args.force:
            confirm(f"remove the data of {', '.join(volume.name for _, volume in found)}?", "say yes with --force")
        for engine, volume in found:
            await engine.remove_volume(volume.name)
            print(volume.name)
    return 0
