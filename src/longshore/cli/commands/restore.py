"""`shore restore`: a snapshot in the place of what is there."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("snapshot", nargs="?", default="", metavar="SNAPSHOT", help="by its id; the newest without one")
    parser.add_argument("--only", action="append", default=[], metavar="SERVICE|VOLUME", help="of the snapshot these")
    parser.add_argument("--to", default="", metavar="REPOSITORY", help="where the snapshot is (as for shore backup)")
    parser.add_argument("--swarm", action="store_true", help="into the stack that shore ship has put on a Swarm")
    parser.add_argument("--no-backup", action="store_true", help="keep no snapshot of what is there now")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="how")


def run(args: Args) -> int:
    return finish(_restore(args))


async def _restore(args: Args) -> int:
    from longshore.backup.parts import survey_parts
    from longshore.backup.repository import repository_of
    from longshore.backup.restoring import choose_snapshot, restore
    from longshore.backup.settings import settings_of
    from longshore.cli.ask import confirm
    from longshore.cli.where import where
    from longshore.flow.audience import Audience
    from longshore.flow.home import load_stack
    from longshore.report.backups import content_line, restored_json

    place = where(args)
    stack = load_stack(place)
    repository = repository_of(stack.name, settings_of(stack), args.to, place.environ, stack.working_dir)
    snapshot = await choose_snapshot(repository, stack.name, args.snapshot)
    parts = survey_parts(stack).parts
    if args.dry_run:
        print(f"restore  {snapshot.id}  {', '.join(args.only) or 'all of it'}")
        return 0
    if not args.yes:
        what = ", ".join(args.only) or "all data"
        confirm(f"put snapshot {snapshot.id} in the place of {what} of {stack.name}?", "say yes with --yes")
    done = await restore(
        place, stack, repository, snapshot, parts, tuple(args.only), Audience(),
        lambda content, seconds: place.say(f"  {content_line(content, seconds)}"), safety=not args.no_backup,
        swarm=args.swarm,
    )  # fmt: skip
    if args.format == "json":
        print(restored_json(done))
        return 0
    kept = [f"what was there is in snapshot {done.before}"] if done.before else []
    aside = [one.stays for one in done.parts if one.stays]
    if aside:
        kept.append(f"put aside: {', '.join(aside)} (shore backup forget removes it)")
    print(f"restored snapshot {done.snapshot}" + "".join(f"; {text}" for text in kept))
    return 0
