"""What a pause holds, and what gets away from it: nothing. Each scenario is one project."""

# ruff: noqa: ASYNC110 - scenarios poll what they look at, and say all of it when it is wrong

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from scenarios import refused
from world import World

from longshore.model.healthcheck import HealthCheck
from longshore.model.service import RestartPolicy
from longshore.state.events import ContainerHealth

FOREVER = "exec sleep 1000"
FORKS = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        while True:  # each lives long enough to fork, and is gone
            if os.fork():
                os._exit(0)
while True:
    time.sleep(1)
"""


def inside(pid: int) -> dict[int, str]:
    """The living processes of the pid namespace of a container whose pid 1 is `pid`: state by pid."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = dict(
                line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line
            )
        except OSError:
            continue
        state = status["State"][0]
        if state != "Z" and len(status["NSpid"].split()) > len(own()) and below(int(folder.name), pid, by_itself=True):
            found[int(folder.name)] = state
    return found


def own() -> list[str]:
    return next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("NSpid")).split()[1:]


def below(pid: int, ancestor: int, *, by_itself: bool = False) -> bool:
    if by_itself and pid == ancestor:
        return True
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        if pid == ancestor:
            return True
    return False


async def all_stopped(pid: int) -> dict[int, str]:
    """A signal that is sent acts when its process next comes to the processor; and a look at /proc takes time, in which
    processes come and dead ones are collected."""
    before = None
    async with asyncio.timeout(5):
        while set((there := inside(pid)).values()) != {"T"} or there != before:
            before = there
            await asyncio.sleep(0.05)
    return there


async def who_forks_all_the_time_does_not_get_away() -> None:
    async with World() as world:
        world.service("own", "python3", "-c", FORKS, init=False)
        world.service("init", "python3", "-c", FORKS, init=True)
        await world.up()
        for name in ("own", "init"):
            pid = (await world.container(name)).pid
            for _ in range(3):
                await asyncio.sleep(0.2)
                await world.engine.pause(await world.container(name))
                held = await all_stopped(pid)
                await asyncio.sleep(0.2)
                assert inside(pid) == held, "something has forked or run"
                await world.engine.unpause(await world.container(name))
                assert (await world.container(name)).state == "running"
            await world.engine.pause(await world.container(name))
            await world.engine.stop(await world.container(name), 0.5)
            assert not inside(pid)


async def every_user_of_a_container_is_held() -> None:
    """Also a process of another user than the service's."""
    async with World() as world:
        world.service("app", FOREVER, user="app")
        await world.up()
        pid = (await world.container("app")).pid
        assert (await world.execute("app", "sleep 1001 >/dev/null 2>&1 &", user="root"))[0] == 0
        assert len(inside(pid)) == 3, inside(pid)
        await world.engine.pause(world.containers["app"])
        held = await all_stopped(pid)
        assert list(held.values()) == ["T", "T", "T"], held


async def killed_agent_leaves_nothing_that_is_paused() -> None:
    """kill -9 of the agent while a service is paused: no process is left; its record says that it was killed."""
    async with World() as world:
        world.service("app", f"sleep 1001 & {FOREVER}", restart=RestartPolicy("always"))
        await world.up()
        pid = (await world.container("app")).pid
        await world.engine.pause(world.containers["app"])
        pids = {pid, *(await all_stopped(pid))}
        assert (await world.container("app")).state == "paused"
        await asyncio.sleep(0.1)
        assert '"state":"paused"' in (world.state / "state.json").read_text()
        os.kill(world.agent_pid(), signal.SIGKILL)
        async with asyncio.timeout(5):
            while any(Path(f"/proc/{one}").exists() for one in pids):
                await asyncio.sleep(0.01)
        await world.engine.close()
        world.engine = world.new_engine()
        found = await world.container("app")
        assert (found.state, found.exit_code) == ("exited", 137), found
        await world.engine.start(world.stack, found)
        assert (await world.container("app")).state == "running"


async def killed_process_ends_the_pause() -> None:
    """A paused service that is killed from outside has ended, and its restart policy holds."""
    async with World() as world:
        world.service("app", FOREVER, restart=RestartPolicy("always"))
        await world.up()
        pid = (await world.container("app")).pid
        await world.engine.pause(world.containers["app"])
        assert (await world.container("app")).restarts == 0
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            while (await world.container("app")).restarts != 1 or (await world.container("app")).state != "running":
                await asyncio.sleep(0.02)
        assert (await world.execute("app", "echo in"))[1] == "in"


async def no_probe_counts_that_a_pause_caught() -> None:
    """One that is under way when the service is paused is stopped with it; it says nothing of its health."""
    async with World() as world:
        test = ("CMD", "sh", "-c", "echo x >> /probes; sleep 0.2")
        world.service("app", FOREVER, healthcheck=HealthCheck(test, interval=0.05, timeout=0.5, retries=1))
        await world.up()
        async with asyncio.timeout(10):
            while (await world.container("app")).health != "healthy":
                await asyncio.sleep(0.02)
        for _ in range(4):
            await world.engine.pause(world.containers["app"])
            await asyncio.sleep(1)
            assert (await world.container("app")).health == "healthy"
            await world.engine.unpause(world.containers["app"])
            await asyncio.sleep(0.33)
            assert (await world.container("app")).health == "healthy"
        statuses = {e.status for e in world.events if isinstance(e, ContainerHealth)}
        assert statuses == {"healthy"}, statuses


async def commands_are_refused_and_two_at_once_are_one() -> None:
    async with World() as world:
        world.service("app", FOREVER)
        await world.up()
        app = world.containers["app"]
        await asyncio.gather(*(world.engine.pause(app) for _ in range(5)))
        error = await refused(world.execute("app", "true"))
        assert error.what == f"app: {app.name} is paused", error
        assert error.hint == "let it go on: shore unpause app", error
        await asyncio.gather(*(world.engine.unpause(app) for _ in range(5)))
        await asyncio.gather(*(step(app) for step in (world.engine.pause, world.engine.unpause) * 10))
        await world.engine.unpause(app)
        assert (await world.execute("app", "echo in"))[1] == "in"
        await world.engine.stop(app, 0.2)
        error = await refused(world.engine.pause(app))
        assert error.what == f"app: {app.name} does not run", error
