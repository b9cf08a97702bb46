"""Whatever becomes of a check is a result; what would disturb somebody's stack is not tried."""

from __future__ import annotations

import asyncio

import pytest

from longshore.model.errors import ShoreError
from longshore.model.service import Service
from longshore.model.stack import FileObject, Stack
from longshore.verify.check import Check, Touch, holds, ready_id, short
from longshore.verify.redact import HIDDEN, Redactor, secrets_of
from longshore.verify.result import Criterion, Evidence, Family, Origin, Report, Result, Seen, Verdict
from longshore.verify.run import Told, run_checks

ORIGIN = Origin("shop", "native", "", "", "0", fresh=False)


class OneStack:
    """Knows which services run, and how often it was put back."""

    def __init__(self, *running: str, fresh: bool = False, comes_back: bool = True) -> None:
        self.fresh, self._running, self._comes_back, self.ups = fresh, running, comes_back, 0
        self.failure: ShoreError | None = None
        self.refused: tuple[str, ...] = ()
        self.turn = asyncio.Lock()

    async def running(self, service: str) -> bool:
        return service in self._running

    async def up(self) -> None:
        self.ups += 1
        if not self._comes_back:
            raise ShoreError("web is unhealthy")

    restarted = anew = up


def check(act, **more) -> Check:  # type: ignore[no-untyped-def]
    return Check(Criterion("starts.web", Family.STARTS, "it starts", "", ""), act, **more)


async def result_of(one: Check, stack: OneStack | None = None, **more: bool) -> Result:
    results = await run_checks(stack or OneStack(), [one], Told(), Redactor(), **more)  # type: ignore[arg-type]
    return results[0]


async def yes(live: object) -> Seen:
    return holds("up", "up")


async def never(live: object) -> Seen:
    await asyncio.sleep(60)
    return holds("up", "up")


async def raises(live: object) -> Seen:
    raise ShoreError("no such process", hint="look")


async def breaks(live: object) -> Seen:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("act", "verdict", "reason"),
    [
        (yes, Verdict.HOLDS, ""),
        (never, Verdict.UNCHECKED, "it took longer than 0.05 s"),
        (raises, Verdict.UNCHECKED, "no such process; look"),
        (breaks, Verdict.UNCHECKED, "ZeroDivisionError: division by zero"),
    ],
)
async def test_what_becomes_of_a_check(act, verdict: Verdict, reason: str) -> None:  # type: ignore[no-untyped-def]
    result = await result_of(check(act, limit=0.05))
    assert (result.verdict, result.seen.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("touch", "fresh", "disturb", "tried"),
    [
        (Touch.LOOKS, False, False, True),
        (Touch.DISTURBS, False, False, False),
        (Touch.DISTURBS, False, True, True),
        (Touch.DISTURBS, True, False, True),
        (Touch.DESTROYS, False, True, False),
        (Touch.DESTROYS, True, False, True),
    ],
)
async def test_what_is_tried_where(touch: Touch, fresh: bool, disturb: bool, tried: bool) -> None:
    stack = OneStack(fresh=fresh)
    result = await result_of(check(yes, touch=touch, does="stops web"), stack, disturb=disturb)
    assert result.verdict is (Verdict.HOLDS if tried else Verdict.SKIPPED)
    assert tried or "stops web" in result.seen.reason
    assert stack.ups == (tried and touch is not Touch.LOOKS)


async def test_a_stack_that_does_not_come_back_is_told_of() -> None:
    stack = OneStack(fresh=True, comes_back=False)
    result = await result_of(check(yes, touch=Touch.DISTURBS), stack)
    assert result.verdict is Verdict.UNCHECKED
    assert stack.ups == 3
    assert "not ready again" in result.seen.reason


async def test_where_nothing_was_started_only_the_cause_is_tried() -> None:
    stack = OneStack(fresh=True)
    stack.failure, stack.refused = ShoreError("two heads"), ("migrates.heads.web",)
    result = await result_of(check(yes), stack)
    assert (result.verdict, result.seen.reason) == (Verdict.SKIPPED, "nothing was started: migrates.heads.web")
    stack.refused = (check(yes).criterion.id,)
    assert (await result_of(check(yes), stack)).verdict is Verdict.HOLDS


async def test_what_needs_a_service_that_does_not_run_is_skipped() -> None:
    result = await result_of(check(yes, needs=("db", "web")), OneStack("web"))
    assert (result.verdict, result.seen.reason) == (Verdict.SKIPPED, "db does not run")


@pytest.mark.parametrize(
    ("ready", "reason"),
    [
        (holds("healthy", "healthy"), ""),
        (short("healthy", "unhealthy"), "web did not get ready"),
        (short("healthy within 1 s", "healthy after 2 s", measured=(("seconds until ready", 2.0),)), ""),
    ],
)
async def test_what_is_not_ready_is_told_once(ready: Seen, reason: str) -> None:
    async def first(live: object) -> Seen:
        return ready

    criterion = Criterion(ready_id("web"), Family.STARTS, "it is ready", "", "", "web")
    checks = [Check(criterion, first), check(yes, needs=("web",))]
    results = await run_checks(OneStack("web"), checks, Told(), Redactor())  # type: ignore[arg-type]
    assert results[1].seen.reason == reason


async def test_what_another_explains_is_not_told_again() -> None:
    async def falls(live: object) -> Seen:
        return short("", "")

    first = Check(Criterion("reachable.web.80", Family.REACHABLE, "it answers", "", ""), falls)
    checks = [first, check(yes, causes=("reachable.web.80",))]
    results = await run_checks(OneStack(), checks, Told(), Redactor())  # type: ignore[arg-type]
    assert results[1].seen.reason == "reachable.web.80 falls short"


async def test_what_the_project_lives_with_is_skipped_with_its_reason() -> None:
    results = await run_checks(
        OneStack(), [check(yes)], Told(), Redactor(), lives_with={"starts.*": "it is a demonstration"}
    )  # type: ignore[arg-type]
    assert results[0].seen.reason == "it is a demonstration"


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.HOLDS, Verdict.SKIPPED), 0),
        ((Verdict.HOLDS, Verdict.UNCHECKED), 2),
        ((Verdict.SHORT, Verdict.UNCHECKED), 1),
        ((Verdict.SKIPPED,), 2),
        ((), 2),
    ],
)
def test_exit_codes(verdicts: tuple[Verdict, ...], code: int) -> None:
    criterion = Criterion("a", Family.STARTS, "", "", "")
    report = Report(ORIGIN, tuple(Result(criterion, Seen(one)) for one in verdicts), 1.0)
    assert report.exit_code == code


def test_secrets_are_taken_out_everywhere() -> None:
    environment = {"SECRET_KEY": "k3y-of-the-house", "DATABASE_URL": "postgresql://app:pa55word@db/x", "NAME": "plain"}
    stack = Stack(
        "shop", "/", services={"web": Service("web", environment=environment)},
        secrets={"s": FileObject("s", "s", environment="TOKEN_OF_BOT")}, environment={"TOKEN_OF_BOT": "bot:12345678"},
    )  # fmt: skip
    secrets = secrets_of(stack)
    assert set(secrets) == {"k3y-of-the-house", "pa55word", "bot:12345678"}
    seen = short("k3y-of-the-house", "not pa55word", reason="bot:12345678", evidence=(Evidence("k", "a pa55word b"),))
    shown = Redactor(secrets)(Result(Criterion("a", Family.SAFE, "", "", ""), seen)).seen
    assert (shown.expected, shown.seen, shown.reason) == (HIDDEN, f"not {HIDDEN}", HIDDEN)
    assert shown.evidence[0].text == f"a {HIDDEN} b"


async def test_what_only_looks_goes_on_beside_the_others_and_asks_in_its_turn() -> None:
    order: list[str] = []
    stack = OneStack("web", fresh=True)

    async def looks(live: OneStack) -> Seen:
        order.append("looks")
        async with live.turn:
            order.append("asks")
        return holds("", "")

    async def stops(live: OneStack) -> Seen:
        order.append("stops")
        await asyncio.sleep(0.02)
        order.append("stopped")
        return holds("", "")

    own = Criterion("safe.pip-audit.web", Family.SAFE, "", "", "")
    checks = [check(stops, touch=Touch.DISTURBS), Check(own, looks, needs=("web",), aside=True)]  # type: ignore[arg-type]
    results = await run_checks(stack, checks, Told(), Redactor())  # type: ignore[arg-type]
    assert [one.criterion.id for one in results] == ["starts.web", "safe.pip-audit.web"]
    assert order.index("stopped") == order.index("stops") + 1, "nobody asks meanwhile"


async def test_what_goes_on_beside_the_others_ends_with_them() -> None:
    ended = asyncio.Event()

    async def looks(live: object) -> Seen:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return holds("", "")

    async def interrupted(live: object) -> Seen:
        await asyncio.sleep(0.05)
        raise asyncio.CancelledError

    own = Criterion("safe.dockerfiles", Family.SAFE, "", "", "")

    async def takes_a_while(live: object) -> Seen:
        await asyncio.sleep(0.01)
        return holds("", "")

    checks = [check(takes_a_while), check(interrupted), Check(own, looks, aside=True)]
    with pytest.raises(asyncio.CancelledError):
        await run_checks(OneStack(), checks, Told(), Redactor())  # type: ignore[arg-type]
    assert ended.is_set()
