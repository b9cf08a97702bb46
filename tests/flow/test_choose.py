"""Which engine runs a project: every rule, and the guards against data that seems to vanish."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.engine.base import Survey, SurveyLine
from longshore.flow.choice.choose import Choice, choose
from longshore.model.errors import ShoreError, UsageError
from longshore.model.record import replace
from longshore.model.service import Dependency
from tests.engine.fake import FakeEngine
from tests.plan.make import observed, running, service, stack

DB = service("db")
STACK = stack(DB)
DEVIATION = SurveyLine("db", "image", "deviates", "postgres 15 on Debian instead of Alpine")
REFUSAL = SurveyLine("db", "image mssql", "refused", "no provider for it", "use --engine docker")


class FakeEngines:
    def __init__(self, socket: bool = True, **engines: dict[str, Any]) -> None:
        self.engines = {name: FakeEngine(name, **engines.get(name, {})) for name in ("native", "docker")}
        self.socket = socket

    def open(self, name: str) -> Any:
        return self.engines[name]

    def reachable(self, name: str) -> bool:
        return name == "native" or self.socket


async def ask(engines: FakeEngines, wanted: Any = STACK, flag: str = "auto", **options: Any) -> Choice:
    return await choose(wanted, engines, flag=flag, environ=options.pop("environ", {}), **options)


async def test_native_when_it_runs_all_exactly() -> None:
    choice = await ask(FakeEngines())
    assert (choice.engine.name, choice.reason) == ("native", "runs every service exactly")


async def test_docker_when_native_would_deviate() -> None:
    engines = FakeEngines(native={"survey": Survey("native", (DEVIATION,))})
    assert (await ask(engines)).engine.name == "docker"
    assert engines.engines["native"].closed
    assert not engines.engines["docker"].closed


async def test_native_with_deviations_when_no_socket_answers() -> None:
    engines = FakeEngines(socket=False, native={"survey": Survey("native", (DEVIATION,))})
    choice = await ask(engines)
    assert (choice.engine.name, choice.reason) == ("native", "1 deviation, no container engine answers")
    with pytest.raises(ShoreError, match="as written"):
        await ask(engines, flag="native", strict=True)


async def test_nobody_can() -> None:
    engines = FakeEngines(socket=False, native={"survey": Survey("native", (REFUSAL,))})
    with pytest.raises(ShoreError, match="no engine can run this stack") as caught:
        await ask(engines)
    assert caught.value.details == ("db: image mssql: no provider for it (use --engine docker)",)


async def test_what_to_do_is_said_once_and_what_would_run_without_it() -> None:
    again = replace(REFUSAL, service="web", text="mssql again")
    engines = FakeEngines(native={"survey": Survey("native", (REFUSAL, again))})
    needing = service("needing", {"db": Dependency("db")})
    whole = stack(DB, service("web"), service("other"), needing)
    with pytest.raises(ShoreError) as caught:
        await ask(engines, whole, "native")
    assert caught.value.details == ("db: image mssql: no provider for it", "web: image mssql: mssql again")
    assert caught.value.hint.splitlines() == ["use --engine docker", "without that the rest would run: shore up other"]


async def test_the_engine_that_holds_the_project_goes_on() -> None:
    choice = await ask(FakeEngines(docker={"observed": observed(running(DB))}))
    assert (choice.engine.name, choice.reason) == ("docker", "this project has services here")


async def test_flag_beats_variable_beats_file() -> None:
    wanted = replace(STACK, extensions={"x-longshore": {"engine": "docker"}})
    assert (await ask(FakeEngines(), wanted)).engine.name == "docker"
    assert (await ask(FakeEngines(), wanted, environ={"SHORE_ENGINE": "native"})).engine.name == "native"
    assert (await ask(FakeEngines(), wanted, "docker", environ={"SHORE_ENGINE": "native"})).engine.name == "docker"
    with pytest.raises(UsageError, match="'podman' is not an engine"):
        await ask(FakeEngines(), flag="podman")


async def test_volumes_on_another_engine_stop_it() -> None:
    engines = FakeEngines(docker={"observed": observed(volumes=("data",))})
    with pytest.raises(ShoreError, match="has volumes on docker: demo_data"):
        await ask(engines, flag="native")
    both = FakeEngines(
        docker={"observed": observed(volumes=("data",))}, native={"observed": observed(volumes=("data",))}
    )
    assert (await ask(both, flag="native")).engine.name == "native"


async def test_a_blocked_engine_that_is_asked_for_says_why() -> None:
    blocked = Survey("native", blocked=ShoreError("user namespaces are closed", hint="sysctl x=1"))
    with pytest.raises(ShoreError, match="user namespaces are closed"):
        await ask(FakeEngines(native={"survey": blocked}), flag="native")
    assert (await ask(FakeEngines(native={"survey": blocked}))).engine.name == "docker"


async def test_what_the_chosen_engine_refuses_is_told_before_the_start() -> None:
    engines = FakeEngines(native={"survey": Survey("native", (REFUSAL,))})
    with pytest.raises(ShoreError, match="native cannot run this stack"):
        await ask(engines, flag="native")


async def test_what_lives_somewhere_is_looked_at_again_only_where_that_is_asked() -> None:
    engines = FakeEngines(native={"observed": observed(running(DB)), "survey": Survey("native", (REFUSAL,))})
    choice = await ask(engines)
    assert (choice.engine.name, choice.survey) == ("native", None)
    with pytest.raises(ShoreError, match="native cannot run this stack as written"):
        await ask(engines, strict=True)
