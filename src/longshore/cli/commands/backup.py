"""`shore backup`: snapshots of a stack's data; lists, checks and drills them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.backup.repository import Repository
    from longshore.flow.home import Where
    from longshore.model.stack import Stack

__all__ = ["add_arguments", "run"]

ACTIONS = ("now", "list", "check", "drill", "forget", "schedule")


def add_arguments(parser: Parser) -> None:
    parser.add_argument("names", nargs="*", metavar="now|list|check|drill|forget|schedule|SERVICE|VOLUME",
                        help="now (may be left out): keep these, or all; drill: a snapshot, or the newest")  # fmt: skip
    parser.add_argument("--to", default="", metavar="REPOSITORY", help="a folder, sftp:, s3:, rest: as restic names it")
    parser.add_argument("--swarm", action="store_true", help="the stack that shore ship has put on a Swarm")
    parser.add_argument("--tag", action="append", default=[], metavar="TEXT", help="now: a word to find it by")
    parser.add_argument("--full", action="store_true", help="check: read all data, not a twentieth")
    parser.add_argument("--within", default="", metavar="TIME", help="drill: the snapshot may be that old (26h)")
    parser.add_argument("--metrics", default="", metavar="FILE", help="now, drill: write figures for Prometheus"
                        " there; schedule: the folder for them")  # fmt: skip
    parser.add_argument("--cron", action="store_true", help="schedule: print lines for cron, write no units of systemd")
    parser.add_argument("--ci", action="store_true", help="schedule: write a workflow for GitHub that drills weekly")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="how")


def run(args: Args) -> int:
    return finish(_backup(args))


async def _backup(args: Args) -> int:
    from longshore.backup.repository import repository_of
    from longshore.backup.settings import settings_of
    from longshore.cli.where import where
    from longshore.flow.home import load_stack

    action, names = (
        (args.names[0], args.names[1:]) if args.names[:1] and args.names[0] in ACTIONS else ("now", args.names)
    )
    place = where(args)
    stack = load_stack(place)
    repository = repository_of(stack.name, settings_of(stack), args.to, place.environ, stack.working_dir)
    act = {"now": _now, "list": _list, "check": _check, "drill": _drill, "forget": _forget,
           "schedule": _schedule}[action]  # fmt: skip
    return await act(args, place, stack, repository, names)


async def _now(args: Args, place: Where, stack: Stack, repository: Repository, names: list[str]) -> int:
    from longshore.backup.parts import choose, survey_parts
    from longshore.backup.settings import settings_of
    from longshore.backup.taking import hands_on, take
    from longshore.report.backups import backup_metrics, content_line, taken_json
    from longshore.report.times import prose, size

    survey = survey_parts(stack)
    parts = choose(survey, names)
    if args.dry_run:
        print("".join(f"keep  {part.name}  {part.kind}  of {part.service}\n" for part in parts), end="")
        return 0
    for text in survey.left_out if not names else ():
        place.say(f"left out: {text}")
    async with hands_on(place, stack, "backup", repository if args.swarm else None) as hands:
        made = await repository.make()
        if made and repository.own:
            place.say(f"note: {repository.name} is new, and {repository.password_file} is its password: keep a copy of"
                      " it elsewhere, without it no snapshot can be read")  # fmt: skip

        taken = await take(hands, parts, repository, tuple(args.tag),
                           lambda content, seconds: place.say(f"  {content_line(content, seconds)}"))  # fmt: skip
        if not await repository.forget(stack.name, settings_of(stack)):
            place.say("note: another backup is at work there, so that old snapshots stay until the next time")
    if args.metrics:
        _write(args.metrics, backup_metrics(taken, stack.name))
    if args.format == "json":
        print(taken_json(taken, repository.name))
    else:
        print(f"snapshot {taken.snapshot} in {repository.name}: {size(taken.added)} more,"
              f" in {prose(taken.manifest.seconds)}")  # fmt: skip
    return 0


async def _list(args: Args, place: Where, stack: Stack, repository: Repository, names: list[str]) -> int:
    import time

    from longshore.cli.display import print_table
    from longshore.report.backups import SNAPSHOTS, snapshot_json, snapshot_rows

    found = await repository.snapshots(stack.name)
    if args.format == "json":
        print("".join(f"{snapshot_json(one)}\n" for one in found), end="")
    else:
        print_table(args, SNAPSHOTS, snapshot_rows(found, time.time()))
    return 0


async def _check(args: Args, place: Where, stack: Stack, repository: Repository, names: list[str]) -> int:
    await repository.check(full=args.full)
    print(f"{repository.name}: no errors, {'all' if args.full else 'a twentieth'} of its data was read")
    return 0


async def _drill(args: Args, place: Where, stack: Stack, repository: Repository, names: list[str]) -> int:
    import time

    from longshore.backup.drill import drill
    from longshore.flow.audience import Audience
    from longshore.model.errors import UsageError
    from longshore.report.backups import content_line, drill_json, drill_lines, drill_metrics

    if len(names) > 1:
        raise UsageError("a drill is of one snapshot", hint="shore backup drill SNAPSHOT")
    within = _seconds(args.within)
    done = await drill(
        place, stack, repository, "".join(names), Audience(),
        lambda content, seconds: place.say(f"  restored {content_line(content, seconds)}"), within=within,
    )  # fmt: skip
    if args.metrics:
        _write(args.metrics, drill_metrics(done, stack.name, time.time()))
    print(drill_json(done) if args.format == "json" else "\n".join(drill_lines(done)))
    return 0 if done.good else 1


async def _forget(args: Args, place: Where, stack: Stack, repository: Repository, names: list[str]) -> int:
    from longshore.backup.parts import choose, survey_parts
    from longshore.backup.taking import KINDS, hands_on

    parts = choose(survey_parts(stack), names)
    if args.dry_run:
        print("".join(f"remove what restores have put aside of {part.name}\n" for part in parts), end="")
        return 0
    async with hands_on(place, stack, "forget", repository if args.swarm else None) as hands:
        for part in parts:
            for gone in await KINDS[part.kind](hands, part).forget():
                print(f"removed  {gone}")
    return 0


async def _schedule(args: Args, place: Where, stack: Stack, repository: Repository, names: list[str]) -> int:
    from longshore.cli.schedule import schedule

    return schedule(args, place, stack)


def _write(path: str, text: str) -> None:
    """Whole at once: somebody may be reading it."""
    from pathlib import Path

    from longshore.model.errors import ShoreError

    draft = Path(f"{path}.new")
    try:
        draft.write_text(text)
        draft.replace(path)
    except OSError as error:
        raise ShoreError(f"--metrics {path}: {error.strerror}", hint="name a file in a folder that is there") from None


def _seconds(text: str) -> float | None:
    from longshore.cli.sinceuntil import duration
    from longshore.model.errors import UsageError

    found = duration(text) if text else None
    if text and found is None:
        raise UsageError(f'--within: "{text}" is no time', hint="such as 26h")
    return found
