"""What `down`, `stop`, `start`, `restart`, `kill`, `rm` and `pause` show of the flow that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from longshore.cli.arguments import Args
from longshore.cli.screens import Screens
from longshore.cli.where import where
from longshore.flow.lifecycle import Change, Changed
from longshore.flow.lifecycle import change as carry_out
from longshore.plan.orphans import orphan_note, resting_note
from longshore.report.line import Line, Span

__all__ = ["change"]


async def change(
    args: Args, wanted: Change, nothing: str, last_words: Callable[[Changed], Iterable[Line]] | None = None
) -> int:
    """Carry the change out, or print it under --dry-run; the exit code. `nothing` is said when the plan is empty,
    `last_words` when all is done."""
    screens = Screens(args)
    done = await carry_out(where(args), wanted, screens, dry_run=args.dry_run)
    if args.dry_run:
        print(str(done.plan) or nothing)
        return 0
    if not done.plan:
        screens.say([(Span(nothing, "dim"),)])
    if done.plan.orphans:
        screens.say([(Span(orphan_note(done.plan.orphans), "waiting"),)])
    if done.plan.resting:
        screens.say([(Span(resting_note(done.plan.resting), "waiting"),)])
    if last_words:
        screens.say(last_words(done))
    return 0
