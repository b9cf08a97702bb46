"""Carries checks out, one after the other, and turns whatever becomes of each into a result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase

from longshore.model.errors import ShoreError
from longshore.model.service import EMPTY
from longshore.verify.check import Check, Touch, ready_id, skipped
from longshore.verify.live import Live
from longshore.verify.redact import Redactor
from longshore.verify.result import Result, Seen, Verdict

__all__ = ["Told", "run_checks"]


class Told:
    """Hears how it goes: `plans`, then `begins` and `result` of each check, `closes`. This one does nothing with it."""

    def plans(self, count: int) -> None:
        """So many checks there are."""

    def begins(self, check: Check) -> None:
        """It is being tried now."""

    def result(self, result: Result) -> None:
        """It is done; secrets are taken out."""

    def closes(self) -> None:
        """Nothing more comes, also where it was broken off."""


async def run_checks(
    live: Live, checks: Sequence[Check], told: Told, redact: Redactor, *, disturb: bool = False,
    lives_with: Mapping[str, str] = EMPTY,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Result, ...]:  # fmt: skip
    """Try all. On a stack that is not a copy, what disturbs it is tried only with `disturb`, and what destroys data
    never. `lives_with` are ids, or patterns of ids, of criteria that the project does without, with the reason."""
    results: list[Result] = []
    told.plans(len(checks))
    async with _aside(live, checks, lives_with) as beside:
        for check in checks:
            began = clock()
            told.begins(check)
            reason = _reason(check, lives_with, results)
            if not reason and check.criterion.id in beside:
                seen = await beside[check.criterion.id]
            else:
                async with live.turn:
                    unwanted = skipped(reason) if reason else await _unwanted(live, check, disturb=disturb)
                    seen = unwanted or await _tried(live, check)
            result = redact(Result(check.criterion, seen, clock() - began))
            results.append(result)
            told.result(result)
    return tuple(results)


@asynccontextmanager
async def _aside(
    live: Live, checks: Sequence[Check], lives_with: Mapping[str, str]
) -> AsyncIterator[Mapping[str, asyncio.Task[Seen]]]:
    """Those that go on beside the others, begun, by id; none of them goes on after the block."""

    async def tried(check: Check) -> Seen:
        async with live.turn:
            unwanted = await _unwanted(live, check, disturb=False)
        return unwanted or await _tried(live, check)

    wanted = [check for check in checks if check.aside and not _reason(check, lives_with, ())]
    trials = {check.criterion.id: asyncio.create_task(tried(check)) for check in wanted}
    try:
        yield trials
    finally:
        for trial in trials.values():
            trial.cancel()
        await asyncio.gather(*trials.values(), return_exceptions=True)


def _reason(check: Check, lives_with: Mapping[str, str], results: Sequence[Result]) -> str:
    """Why it need not be tried, whatever it is tried on; "" where it has to be."""
    for ids, why in lives_with.items():
        if fnmatchcase(check.criterion.id, ids):
            return why
    late = {ready_id(name) for name in check.needs}
    for one in results:
        got_there = one.verdict is Verdict.HOLDS or one.seen.measured  # late is ready, too
        if one.criterion.id in late and not got_there:
            return f"{one.criterion.service} did not get ready"
    fallen = [one.criterion.id for one in results if one.verdict is Verdict.SHORT and one.criterion.id in check.causes]
    return f"{fallen[0]} falls short" if fallen else ""


async def _unwanted(live: Live, check: Check, *, disturb: bool) -> Seen | None:
    """Why it is not tried; None where it is."""
    if live.refused and check.criterion.id not in live.refused:
        return skipped(f"nothing was started: {', '.join(live.refused)}")
    if check.touch is Touch.DESTROYS and not live.fresh:
        return skipped(f"it {check.does}: only on a copy of the project, with --fresh")
    if check.touch is Touch.DISTURBS and not live.fresh and not disturb:
        return skipped(f"it {check.does}: on a copy of the project with --fresh, or here with --disturb")
    if check.touch is not Touch.LOOKS and live.failure:
        return skipped(f"it {check.does}, and the stack did not get ready in the first place")
    down = [name for name in check.needs if not await live.running(name)]
    if down:
        return skipped(f"{', '.join(down)} {'do' if len(down) > 1 else 'does'} not run")
    return None


async def _tried(live: Live, check: Check) -> Seen:
    try:
        async with asyncio.timeout(check.limit):
            seen = await check.run(live)
    except TimeoutError:
        seen = Seen(Verdict.UNCHECKED, reason=f"it took longer than {check.limit:g} s")
    except ShoreError as error:
        seen = Seen(Verdict.UNCHECKED, reason=_sentence(error))
    except Exception as error:
        # One check that goes wrong in a way that nobody foresaw must not take the report of all others with it.
        seen = Seen(Verdict.UNCHECKED, reason=f"{type(error).__name__}: {error}")
    if check.touch is not Touch.LOOKS:
        seen = await _put_back(live, seen)
    return seen


async def _put_back(live: Live, seen: Seen) -> Seen:
    """After a check that changes something all services are as before. Where another `up` does not do it (a service
    holds on to a connection that is gone, say: a criterion of its own), all are started anew; a copy, from nothing."""
    ways = (live.up, live.restarted, live.anew) if live.fresh else (live.up, live.restarted)
    for way in ways:
        try:
            await way()
            return seen
        except ShoreError as error:
            last = error
    if seen.verdict is Verdict.HOLDS:
        return Seen(Verdict.UNCHECKED, reason=f"the stack was not ready again afterwards: {_sentence(last)}")
    return seen


def _sentence(error: ShoreError) -> str:
    return "; ".join(part for part in (str(error), *error.details[-3:], error.hint) if part)
