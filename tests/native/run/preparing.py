"""A service's process that is made ready before its start: what it may not change. Each scenario is one project."""

# ruff: noqa: ASYNC110 - scenarios poll what they look at, and say all of it when it is wrong

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from scenarios import refused
from world import World

from longshore.engine.base import CreateOptions
from longshore.model.record import replace
from longshore.model.service import FileUse, Mount, Resources
from longshore.model.stack import FileObject
from longshore.native.image.model import Server
from longshore.native.shared.volumes import Volumes

OPTIONS = CreateOptions()
FOREVER = "exec sleep 1000"


def children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


async def made(world: World, name: str) -> None:
    """Its networks, volumes and container, not started."""
    for network in world.networks.values():
        await world.engine.create_network(world.stack, network)
    for volume in world.volumes.values():
        await world.engine.create_volume(world.stack, volume)
    world.containers[name] = await world.engine.create(world.stack, world.services[name], 1, "", OPTIONS)


async def prepared(world: World, name: str) -> int:
    """The pid of the process that was made ready; -1 when there is none."""
    before = children(world.agent_pid())
    await world.engine.prepare(world.stack, world.containers[name])
    new = children(world.agent_pid()) - before
    assert len(new) <= 1, new
    return new.pop() if new else -1


async def started(world: World, name: str) -> int:
    await world.engine.start(world.stack, world.containers[name])
    return (await world.container(name)).pid


async def gone(pid: int) -> None:
    async with asyncio.timeout(5):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.01)


async def its_process_is_what_starts() -> None:
    """Until the start nothing shows: the program has not run, the container is only created, no name stands for it."""
    async with World() as world:
        world.service("other", FOREVER)
        world.service("app", f"echo here; {FOREVER}", resources=Resources(memory=64 << 20))
        await world.up("other")
        await made(world, "app")
        pid = await prepared(world, "app")
        assert pid > 0
        await asyncio.sleep(0.1)
        container = await world.container("app")
        assert (container.state, container.pid) == ("created", 0), container
        code, _ = await world.execute("other", "getent hosts app")
        assert code == 2, "a name that has no service yet"
        assert await world.said("app") == ""
        assert await started(world, "app") == pid
        assert await world.said("app", "here") == "here"
        code, text = await world.execute("other", "getent hosts app")
        assert code == 0, text


async def a_file_that_was_replaced_is_the_new_one() -> None:
    """An editor or a dependency puts a new file in the place of one that is mounted."""
    async with World() as world:
        source = world.tmp / "settings"
        source.write_text("old\n")
        world.service("app", f"cat /settings; {FOREVER}", mounts=(Mount("bind", "/settings", str(source)),))
        await made(world, "app")
        pid = await prepared(world, "app")
        (world.tmp / "draft").write_text("new\n")
        (world.tmp / "draft").rename(source)
        assert await started(world, "app") != pid
        assert await world.said("app", "n") == "new"
        await gone(pid)


async def a_secret_that_was_changed_is_the_new_one() -> None:
    async with World() as world:
        source = world.tmp / "token"
        source.write_text("old\n")
        world.secrets["token"] = FileObject("token", "token", file=str(source))
        use = FileUse("token", "/run/secrets/token")
        world.service("app", f"cat /run/secrets/token; {FOREVER}", secrets=(use,))
        await made(world, "app")
        assert await prepared(world, "app") > 0
        source.write_text("new\n")
        await started(world, "app")
        assert await world.said("app", "n") == "new"


async def a_source_that_is_not_there_yet_is_not_made_too_early() -> None:
    """A dependency may be about to write it: as a file, where a directory would stand in its way."""
    async with World() as world:
        source = world.tmp / "later"
        mount = Mount("bind", "/later", str(source), create_host_path=True)
        world.service("app", f"cat /later; {FOREVER}", mounts=(mount,))
        await made(world, "app")
        assert await prepared(world, "app") == -1
        assert not source.exists()
        source.write_text("made by another\n")
        await started(world, "app")
        assert await world.said("app", "made") == "made by another"


async def a_volume_is_filled_when_its_container_is_made() -> None:
    """As Docker does; another service that writes to it before the start is not undone by the start."""
    async with World() as world:
        mount = Mount("volume", "/srv/data", world.volume("data"))
        world.service("writer", "echo mine > /srv/data/first; exec sleep 1000", mounts=(mount,))
        world.service("app", f"cat /srv/data/first; {FOREVER}", mounts=(mount,))
        await made(world, "app")
        data = world.tmp / "data/longshore/volumes" / f"{world.name}_data" / "_data"
        assert [entry.name for entry in data.iterdir()] == ["first"]
        assert await prepared(world, "app") > 0
        await world.up("writer")
        await started(world, "app")
        assert await world.said("app", "mine") == "mine"


async def volume_is_shaped_by_the_image_that_has_its_place() -> None:
    """Whoever comes second and has nothing there takes nothing away; what is changed before a start stays."""
    async with World() as world:
        place = world.root / "srv/static"
        place.mkdir()
        place.chmod(0o1777)
        data = world.volume("data")
        world.service("web", f"stat -c %a /srv/static; {FOREVER}", mounts=(Mount("volume", "/srv/static", data),))
        world.service("front", "stat -c %a /elsewhere", mounts=(Mount("volume", "/elsewhere", data),))
        world.service("setup", "chmod 0751 /target", mounts=(Mount("volume", "/target", data),))
        await made(world, "web")
        await world.up("front")
        assert await world.ended("front") == "1777"
        await world.up("setup")
        await world.ended("setup")
        await started(world, "web")
        assert await world.said("web", "7") == "751"


async def nothing_is_made_in_a_shared_volume_too_early() -> None:
    """A dependency that asks whether the directory is there, or clears it away, is to find what it would have."""
    async with World() as world:
        mount = Mount("volume", "/code", world.volume("code"))
        world.service("first", "echo here > /code/file", mounts=(mount,))
        world.service("setup", "ls /code; rm -rf /code/app", mounts=(mount,))
        world.service("app", f"pwd; {FOREVER}", mounts=(mount,), working_dir="/code/app")
        await world.up("first")
        await world.ended("first")
        await made(world, "app")
        assert await prepared(world, "app") == -1
        await world.up("setup")
        assert await world.ended("setup") == "file"
        await started(world, "app")
        assert await world.said("app", "/") == "/code/app"
        await world.engine.stop(world.containers["app"], 0.1)
        assert await prepared(world, "app") > 0
        await world.up("setup")  # which takes away what was made ready
        await world.until("setup", "exited")
        await started(world, "app")
        assert (await world.container("app")).state == "running"


async def a_network_that_was_made_anew_is_the_new_one() -> None:
    async with World() as world:
        world.service("other", "exec python3 -m http.server 80")
        world.service("app", FOREVER)
        await made(world, "app")
        pid = await prepared(world, "app")
        await world.engine.remove_network(world.name, f"{world.name}_default")
        await gone(pid)
        await world.up("other")
        await started(world, "app")
        reach = "python3 -c \"import socket; socket.create_connection(('other', 80), 1)\""
        code, text = await world.execute("app", f"for i in 1 2 3 4 5; do {reach} && exit; sleep 0.5; done; exit 1")
        assert code == 0, text


async def no_more_wait_at_one_time_than_are_worth_it() -> None:
    """All that wait for one gate ask at once."""
    async with World() as world:
        for number in range(24):
            world.service(f"app{number}", FOREVER)
            await made(world, f"app{number}")
        before = children(world.agent_pid())
        await asyncio.gather(*(world.engine.prepare(world.stack, one) for one in world.containers.values()))
        assert len(children(world.agent_pid()) - before) == 16


async def a_start_that_is_refused_leaves_none() -> None:
    """Its log would be closed: another server has the volume, then lets go of it."""
    async with World() as world:
        world.engine._store.image = replace(world.image, server=Server("postgres", "16", "/srv/db"))  # type: ignore[union-attr]
        world.service("app", f"echo here; {FOREVER}", mounts=(Mount("volume", "/srv/db", world.volume("db")),))
        await made(world, "app")
        volumes = Volumes(world.tmp / "data/longshore/volumes")
        (volumes.data(f"{world.name}_db") / "PG_VERSION").write_text("16")
        pid = await prepared(world, "app")
        assert pid > 0
        held = volumes.claim(f"{world.name}_db")
        assert "another server" in str(await refused(started(world, "app")))
        os.close(held)
        await gone(pid)
        await started(world, "app")
        assert await world.said("app", "here") == "here"


async def none_is_made_for_what_is_being_removed() -> None:
    async with World() as world:
        world.service("keep", FOREVER)
        world.service("app", FOREVER)
        await world.up("keep")
        alone = children(world.agent_pid())
        for method in (world.engine.prepare, world.engine.start):
            await made(world, "app")
            app = world.containers["app"]
            await world.engine.prepare(world.stack, app)
            await asyncio.gather(world.engine.remove(app), method(world.stack, app), return_exceptions=True)
            assert children(world.agent_pid()) == alone
            assert not (world.state / "containers" / app.id).exists()


async def it_goes_with_the_command_that_wanted_it() -> None:
    """Ctrl-C while it waits: the next command starts it all the same."""
    async with World() as world:
        world.service("other", FOREVER)
        world.service("app", FOREVER, resources=Resources(memory=64 << 20))
        await world.up("other")
        await made(world, "app")
        command = world.new_engine()
        before = children(world.agent_pid())
        await command.prepare(world.stack, world.containers["app"])
        (pid,) = children(world.agent_pid()) - before
        await command.close()
        await gone(pid)
        assert (await world.container("app")).state == "created"
        assert await started(world, "app") != pid


async def a_stop_or_removal_ends_it() -> None:
    async with World() as world:
        for name in ("stopped", "removed"):
            world.service(name, FOREVER)
            await made(world, name)
        first, second = await prepared(world, "stopped"), await prepared(world, "removed")
        await world.engine.stop(world.containers["stopped"])
        await gone(first)
        await world.engine.remove(world.containers["removed"])
        await gone(second)
        assert (await world.container("stopped")).state == "created"


async def one_that_was_killed_is_replaced() -> None:
    async with World() as world:
        world.service("app", FOREVER)
        await made(world, "app")
        pid = await prepared(world, "app")
        os.kill(pid, signal.SIGKILL)
        while ") Z " not in Path(f"/proc/{pid}/stat").read_text():
            await asyncio.sleep(0.01)
        assert await started(world, "app") != pid
        assert (await world.container("app")).state == "running"


async def its_grandchildren_do_not_outlive_the_agent() -> None:
    async with World() as world:
        world.service("app", FOREVER)
        await made(world, "app")
        pid = await prepared(world, "app")
        os.kill(world.agent_pid(), signal.SIGKILL)
        await gone(pid)
        await world.engine.close()
        world.engine = world.new_engine()
