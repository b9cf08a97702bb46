"""`shore cache`: what the native engine keeps of images, builds and downloads, and how big it is; `prune` removes what
nothing needs; `verify` looks for what is not whole any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser, seconds, size
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from longshore.state.caches import Kept

__all__ = ["add_arguments", "run"]

A_WEEK = 7 * 86400.0


def add_arguments(parser: Parser) -> None:
    parser.add_argument("action", nargs="?", choices=("ls", "prune", "verify"), default="ls", metavar="ls|prune|verify")
    parser.add_argument("--older-than", type=seconds, default=A_WEEK, metavar="TIME",
                        help="prune: what was of no use for that long (7d); 0s: all that nothing needs")  # fmt: skip
    parser.add_argument("--most", type=size, metavar="SIZE", help="prune: the oldest, too, until no more is left: 10g")
    parser.add_argument("--force", action="store_true", help="prune: do not ask")
    parser.add_argument("-v", "--verbose", action="store_true", help="ls: each one, not only each kind")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="ls: how")


def run(args: Args) -> int:
    return finish({"ls": _list, "prune": _prune, "verify": _verify}[args.action](args))


async def _list(args: Args) -> int:
    import json

    from longshore.cli.display import print_table
    from longshore.cli.where import where
    from longshore.flow.caches import cached
    from longshore.report.line import Span
    from longshore.report.times import size as in_words

    kept = await cached(where(args))
    if args.format == "json":
        for one in kept:
            facts = {"Kind": one.kind, "Name": one.name, "Size": one.size, "Used": one.used, "InUse": one.in_use}
            print(json.dumps(facts, separators=(",", ":")))
        return 0
    if args.verbose:
        rows: list[tuple[Span, ...]] = [
            (Span(one.kind), Span(one.name), Span(in_words(one.size)), Span("yes" if one.in_use else "–"))
            for one in kept
        ]
        print_table(args, ("KIND", "NAME", "SIZE", "IN USE"), rows)
    else:
        rows = [tuple(Span(cell) for cell in row) for row in _by_kind(kept)]
        print_table(args, ("KIND", "COUNT", "SIZE", "NOT IN USE"), rows)
    return 0


def _by_kind(kept: Iterable[Kept]) -> Iterable[tuple[str, str, str, str]]:
    from longshore.report.times import size as in_words

    every = list(kept)
    for kind in sorted({one.kind for one in every}):
        these = [one for one in every if one.kind == kind]
        free = sum(one.size for one in these if not one.in_use)
        yield kind, str(len(these)), in_words(sum(one.size for one in these)), in_words(free)
    yield (
        "all",
        str(len(every)),
        in_words(sum(o.size for o in every)),
        in_words(sum(o.size for o in every if not o.in_use)),
    )


async def _prune(args: Args) -> int:
    import time

    from longshore.cli.ask import confirm
    from longshore.cli.where import where
    from longshore.flow.caches import prunable, prune
    from longshore.report.times import size as in_words

    before, place = time.time() - args.older_than, where(args)
    if args.dry_run or not args.force:
        chosen = await prunable(place, before=before, most=args.most)
        total = f"{len(chosen)} of the cache, {in_words(sum(one.size for one in chosen))}"
        if args.dry_run or not chosen:
            print("\n".join([*(f"remove {one.kind:<14}{one.name}" for one in chosen), f"{total} in all"]))
            return 0
        confirm(f"remove {total}?", "say yes with --force")
    gone = await prune(place, before=before, most=args.most)
    print(f"{len(gone)} removed, {in_words(sum(one.size for one in gone))} freed")
    return 0


async def _verify(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.caches import verify

    found = await verify(where(args))
    for one in found:
        print(f"{one.kind} {one.name}: files of it were missing; it is made or fetched anew when it is wanted")
    if not found:
        print("nothing is missing")
    return 0
