"""`shore migrate`: the migrations of a service's database, once, under a lock, with a point to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.home import Where
    from longshore.flow.migrate import Migrating
    from longshore.model.stack import Stack

__all__ = ["add_arguments", "run"]

ACTIONS = ("status", "up", "down", "make", "heads", "merge", "undo")


def add_arguments(parser: Parser) -> None:
    parser.add_argument("action", choices=ACTIONS, metavar="|".join(ACTIONS))
    parser.add_argument("service", nargs="?", default="", metavar="SERVICE", help="where several have migrations")
    parser.add_argument("-m", "--message", default="", metavar="TEXT", help="make, merge: what the new one is about")
    parser.add_argument("--no-backup", action="store_true", help="up, down: keep no point to go back to")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json",
                        help="status: how")  # fmt: skip


def run(args: Args) -> int:
    return finish(_migrate(args))


async def _migrate(args: Args) -> int:
    from longshore.cli.screens import Screens
    from longshore.cli.where import where
    from longshore.doctor.beforeup import check_before_up
    from longshore.flow.home import load_stack
    from longshore.flow.migrate import migrating

    place = where(args)
    stack = load_stack(place, [args.service] if args.service else [])
    if args.action == "heads":
        return _heads(args, stack)
    if args.action in ("up", "down", "make"):
        check_before_up(place, stack)
    async with migrating(place, stack, args.service, Screens(args), what=args.action) as one:
        act = {"status": _status, "up": _up, "down": _down, "make": _make, "merge": _make, "undo": _undo}[args.action]
        return await act(args, one, place)


def _heads(args: Args, stack: Stack) -> int:
    from longshore.flow.migrate import choose_target

    target = choose_target(stack, args.service)
    heads = [revision for several in target.history.heads().values() for revision in several]
    print("".join(f"{one.id}  {one.file}\n" for one in heads), end="")
    return 0 if all(len(several) == 1 for several in target.history.heads().values()) else 1


async def _status(args: Args, one: Migrating, place: Where) -> int:
    import json

    there = await one.status()
    unmade = () if there.pending else await one.unmade()
    if args.format == "json":
        print(json.dumps({"applied": there.applied, "pending": there.pending, "unmade": unmade}))
    else:
        print("".join(f"applied  {id_}\n" for id_ in there.applied), end="")
        print("".join(f"pending  {id_}\n" for id_ in there.pending), end="")
        for line in unmade:
            print(f"unmade   {line}")
    return 1 if there.pending or unmade else 0


async def _up(args: Args, one: Migrating, place: Where) -> int:
    before = await one.status()
    if one.target.history.tool and not before.pending:
        place.say("nothing to apply: the database has all migrations")
        return 0
    if args.dry_run:
        print("".join(f"apply  {id_}\n" for id_ in before.pending), end="")
        return 0
    for id_ in before.pending:
        place.say(f"  {id_}")
    seconds, point = await one.change(one.command("up"), before, backup=not args.no_backup)
    _said(place, f"{len(before.pending) or 'all'} applied", seconds, point)
    return 0


async def _down(args: Args, one: Migrating, place: Where) -> int:
    before = await one.status()
    words = one.back(before)
    if args.dry_run:
        print(" ".join(words))
        return 0
    seconds, point = await one.change(words, before, backup=not args.no_backup)
    _said(place, f"{before.applied[-1] if before.applied else 'the last'} taken back", seconds, point)
    return 0


async def _make(args: Args, one: Migrating, place: Where) -> int:
    from longshore.migrations.tools import statement
    from longshore.model.errors import ShoreError

    words = one.command(args.action, args.message or args.action)
    if args.dry_run:
        print(" ".join(words))
        return 0
    code, said = await one.run(words)
    if code:
        raise ShoreError(f"{' '.join(words[:3])} failed with code {code}", details=statement(said))
    print(said, end="")
    return 0


async def _undo(args: Args, one: Migrating, place: Where) -> int:
    from longshore.model.errors import ShoreError

    shelf = one.shelf
    point = shelf.last() if shelf else None
    if shelf is None or point is None:
        raise ShoreError("there is no point to go back to", hint="migrate up and down keep one, but for --no-backup")
    if args.dry_run:
        print(f"restore  {point}")
        return 0
    stays = await shelf.go_back(point)
    place.say(f"back at {point.name}; what was there is kept as {stays}")
    return 0


def _said(place: Where, what: str, seconds: float, point: object) -> None:
    from longshore.report.times import prose

    kept = f"; shore migrate undo goes back to {point}" if point else ""
    place.say(f"{what} in {prose(seconds)}{kept}")
