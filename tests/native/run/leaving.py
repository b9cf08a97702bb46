"""What is left in the agent when what it was asked for is broken off: nothing. Each scenario is one project."""

# ruff: noqa: ASYNC110 - scenarios poll what they look at, and say all of it when it is wrong

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from preparing import children, made
from scenarios import refused
from world import World

from longshore.engine.base import ExecRequest
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Hook, Port, Resources
from longshore.native.command.engine import NativeEngine

FOREVER = "exec sleep 1000"
LIMIT = Resources(memory=64 << 20)

Ask = Callable[[NativeEngine], Awaitable[object]]


def left(world: World) -> tuple[int, int, int]:
    """(descriptors, processes, control groups) of the agent."""
    pid = world.agent_pid()
    groups = own_groups(world)
    return len(list(Path(f"/proc/{pid}/fd").iterdir())), len(children(pid)), len(groups)


def own_groups(world: World) -> list[Path]:
    """Others' groups come and go while we look."""
    while True:
        with suppress(FileNotFoundError):
            return list(Path("/sys/fs/cgroup").glob(f"**/longshore/{world.name}/*/cgroup.procs"))


async def settled(world: World, expected: tuple[int, int, int]) -> None:
    found = left(world)
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while found != expected:
                await asyncio.sleep(0.02)
                found = left(world)
    assert found == expected, (found, expected)


async def broken_off(world: World, ask: Ask, after: float) -> None:
    """A command that asks and is interrupted (Ctrl-C) after so many seconds."""
    engine = world.new_engine()
    await engine.observe(world.name)
    asked = [asyncio.ensure_future(ask(engine)) for _ in range(3)]
    await asyncio.sleep(after)
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    await engine.close()


async def starts_that_are_broken_off() -> None:
    """At every moment of a start; what it has made is either running or gone, never nobody's."""
    async with World() as world:
        world.service("app", FOREVER, resources=LIMIT, ports=(Port(80, protocol="udp"),))
        await made(world, "app")
        app = world.containers["app"]
        await world.engine.start(world.stack, app)
        await world.engine.stop(app, 0.01)
        before = left(world)

        async def prepare_and_start(engine: NativeEngine) -> None:
            await engine.prepare(world.stack, app)
            await engine.start(world.stack, app)

        for ask in (
            lambda engine: engine.start(world.stack, app),
            lambda engine: engine.prepare(world.stack, app),
            prepare_and_start,
        ):
            for moment in range(30):
                await broken_off(world, ask, moment / 1000)
                await world.engine.stop(app, 0.01)
        await settled(world, before)


async def commands_that_are_broken_off() -> None:
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        await world.execute("app", "true")
        before = left(world)
        request = ExecRequest(("true",))
        for moment in range(40):
            await broken_off(world, lambda engine: engine.execute(world.containers["app"], request), moment / 2000)
        await settled(world, before)


async def a_start_that_is_broken_off_is_whole() -> None:
    """Who asked is gone while the hook runs: the hook ends, and health checks begin."""
    async with World() as world:
        check = HealthCheck(("CMD", "test", "-e", "/tmp/made"), interval=0.1)
        hook = Hook(("sh", "-c", "sleep 0.5; touch /tmp/made"))
        world.service("app", FOREVER, healthcheck=check, post_start=(hook,))
        await made(world, "app")
        await broken_off(world, lambda engine: engine.start(world.stack, world.containers["app"]), 0.3)
        async with asyncio.timeout(10):
            while (await world.container("app")).health != "healthy":
                await asyncio.sleep(0.02)


async def starts_at_the_moment_of_an_end() -> None:
    """What the last process left is cleared up before the next one gets its own."""
    async with World() as world:
        world.service("app", "echo here")
        await made(world, "app")
        app, count = world.containers["app"], 0
        await world.engine.start(world.stack, app)
        await world.until("app", "exited")
        before = left(world)
        while count < 40:
            while (await world.container("app")).state == "running":
                await world.engine.start(world.stack, app)
            await world.engine.start(world.stack, app)
            count += 1
        await world.until("app", "exited")
        await settled(world, before)


async def failures_leave_nothing() -> None:
    async with World() as world:
        world.service("missing", "/no/such/program", "now", resources=LIMIT)
        world.service("broken", FOREVER, resources=LIMIT, sysctls={"kernel.nonsense": "1"})
        world.service("dropped", FOREVER, resources=LIMIT)
        for name in world.services:
            await made(world, name)
        before = None
        for _ in range(20):
            for name, container in world.containers.items():
                with suppress(ShoreError):
                    await world.engine.prepare(world.stack, container)
                if name == "dropped":
                    await world.engine.stop(container)
                    continue
                assert name in str(await refused(world.engine.start(world.stack, container)))
            before = before or left(world)  # with the network, which the first one makes
        assert before
        await settled(world, before)
