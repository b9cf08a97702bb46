"""What is said of the choice of an engine: the reason in the first line, and every refusal with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.engine.base import Survey, SurveyLine
from longshore.flow.choice.choose import Choice, check_survey, choose
from longshore.model.errors import ShoreError
from longshore.state.observed import Observed
from tests.flow.test_choose import DB, DEVIATION, REFUSAL, STACK, FakeEngines, ask
from tests.plan.make import observed, running, service, stack

BLOCKED = ShoreError("user namespaces are closed", hint="sysctl x=1")


def native(*lines: SurveyLine, **fields: Any) -> dict[str, Any]:
    return {"survey": Survey("native", lines, **fields)}


async def reason(engines: FakeEngines, **more: Any) -> tuple[str, str]:
    choice = await ask(engines, **more)
    return choice.engine.name, choice.reason


async def test_the_reason_is_in_words() -> None:
    assert await reason(FakeEngines(socket=False, native=native(DEVIATION))) == (
        "native", "1 deviation, no container engine answers",
    )  # fmt: skip
    assert await reason(FakeEngines(socket=False, native=native(DEVIATION, DEVIATION))) == (
        "native", "2 deviations, no container engine answers",
    )  # fmt: skip
    assert await reason(FakeEngines(native=native(DEVIATION))) == ("docker", f"native: db {DEVIATION.text}")
    assert await reason(FakeEngines(native=native(DEVIATION, REFUSAL))) == ("docker", f"native: db {REFUSAL.text}")
    assert await reason(FakeEngines(native=native(blocked=BLOCKED))) == (
        "docker", "native cannot run here: user namespaces are closed",
    )  # fmt: skip
    assert await reason(FakeEngines(), flag="docker") == ("docker", "asked for")
    data = {"observed": observed(running(DB), volumes=("data",))}
    assert await reason(FakeEngines(docker=data)) == ("docker", "this project has data here")
    assert await reason(FakeEngines(native={"observed": observed(running(DB))}, docker=data)) == (
        "native", "this project has services here",
    )  # fmt: skip


async def test_an_engine_that_cannot_run_it_is_passed_over() -> None:
    refuses = {"survey": Survey("docker", (REFUSAL,))}
    assert (await ask(FakeEngines(native=native(DEVIATION), docker=refuses))).engine.name == "native"
    blocked = {"survey": Survey("docker", blocked=BLOCKED)}
    assert (await ask(FakeEngines(native=native(DEVIATION), docker=blocked))).engine.name == "native"


async def refusal(engines: FakeEngines, **more: Any) -> ShoreError:
    with pytest.raises(ShoreError) as caught:
        await ask(engines, **more)
    return caught.value


async def test_when_nobody_can_run_it() -> None:
    error = await refusal(FakeEngines(socket=False, native=native(REFUSAL)))
    assert error.what == (
        "no engine can run this stack: native refuses what stands below, and no Docker or Podman socket answers"
    )
    assert error.details == ("db: image mssql: no provider for it (use --engine docker)",)
    assert error.hint == "change what is named, or start Docker or Podman"
    error = await refusal(FakeEngines(socket=False, native=native(REFUSAL, blocked=BLOCKED)))
    assert error.what == (
        "no engine can run this stack: user namespaces are closed; no Docker or Podman socket answers"
    )
    assert (error.hint, len(error.details)) == ("sysctl x=1", 1)
    plain = native(blocked=ShoreError("closed"))
    assert (await refusal(FakeEngines(socket=False, native=plain))).hint == "start Docker or Podman"


async def test_every_engine_that_is_not_chosen_is_closed() -> None:
    engines = FakeEngines(native=native(DEVIATION))
    await refusal(FakeEngines(socket=False, native=native(REFUSAL)))
    choice = await ask(engines)
    assert [name for name, one in engines.engines.items() if one.closed] == ["native"]
    assert choice.engine is engines.engines["docker"]


async def test_what_the_choice_saw_is_not_asked_again() -> None:
    engines = FakeEngines(native={"observed": observed(running(DB))})
    choice = await ask(engines)
    engines.engines["native"].observed = Observed("demo")
    assert (await choice.observe("demo")).containers
    assert not (await Choice(engines.engines["native"], "").observe("demo")).containers  # type: ignore[arg-type]


async def test_strict_refuses_what_would_be_different() -> None:
    engines = FakeEngines(socket=False, native=native(DEVIATION))
    error = await refusal(engines, strict=True)
    assert error.what == "native cannot run this stack as written"
    assert error.details == (f"db: image: {DEVIATION.text}",)
    assert error.hint == "change what is named, or use another engine"
    assert engines.engines["native"].closed
    here = FakeEngines(native={"observed": observed(running(DB)), **native(DEVIATION)})
    assert (await ask(here)).engine.name == "native"
    assert (await refusal(here, strict=True)).what == "native cannot run this stack as written"


async def test_data_on_another_engine_is_named_with_three_ways_on() -> None:
    engines = FakeEngines(docker={"observed": observed(volumes=("data", "more"))})
    error = await refusal(engines, flag="native")
    assert error.what == "this project has volumes on docker: demo_data, demo_more"
    assert error.hint == (
        "go on there (--engine docker), drop them (shore --engine docker down -v), or use another project name (-p)"
    )
    services = FakeEngines(docker={"observed": observed(running(DB))})
    assert (await ask(services, flag="native")).engine.name == "native", "no data would vanish"


def test_the_same_advice_is_given_once() -> None:
    lines = (
        SurveyLine("a", "x", "refused", "no", "do this"),
        SurveyLine("b", "y", "refused", "no", "do that"),
        SurveyLine("c", "z", "refused", "no", "do that"),
        SurveyLine("d", "z", "refused", "no"),
    )
    with pytest.raises(ShoreError) as caught:
        check_survey(Survey("native", lines), stack(*map(service, "abcd")), strict=False)
    assert caught.value.what == "native cannot run this stack"
    assert caught.value.details == ("a: x: no (do this)", "b: y: no (do that)", "c: z: no", "d: z: no")
    check_survey(Survey("native", (DEVIATION,)), STACK, strict=False)


@pytest.mark.parametrize(("count", "named"), [(12, True), (13, False)])
def test_the_rest_is_named_as_long_as_it_is_short(count: int, named: bool) -> None:
    others = [service(f"s{number}") for number in range(count)]
    with pytest.raises(ShoreError) as caught:
        check_survey(Survey("native", (REFUSAL,)), stack(DB, *others), strict=False)
    assert ("without that the rest would run: shore up s0 " in caught.value.hint) is named


async def test_an_engine_that_does_not_answer_holds_nothing() -> None:
    engines = FakeEngines()

    async def fail(project: str) -> Observed:
        raise ShoreError("no answer")

    engines.engines["docker"].observe = fail  # type: ignore[method-assign]
    choice = await choose(STACK, engines, flag="native", environ={})
    assert choice.engine.name == "native"
