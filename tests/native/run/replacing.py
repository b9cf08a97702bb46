"""What takes the place of something: a container of another, a network of an earlier one."""

from __future__ import annotations

from scenarios import FOREVER, refused
from world import World

from longshore.engine.base import CreateOptions
from longshore.model.record import replace
from longshore.model.service import Mount, NetworkUse
from longshore.model.stack import IpamPool, Network


async def a_replacement_that_cannot_be_made_leaves_the_old_one() -> None:
    """It runs on, with its address and its anonymous volume; the next attempt takes both over."""
    async with World() as world:
        world.service("app", FOREVER, mounts=(Mount("volume", "/keep"),))
        await world.up()
        await world.execute("app", "echo kept > /keep/it")
        before = await world.container("app")
        gone = {**world.services["app"].networks, "other": NetworkUse("other")}
        changed = replace(world.services["app"], networks=gone)
        error = await refused(world.engine.create(world.stack, changed, 1, before.id, CreateOptions()))
        assert "there is no network other" in str(error)
        after = await world.container("app")
        assert (after.id, after.state, after.pid) == (before.id, "running", before.pid)
        await world.up()
        after = await world.container("app")
        assert (after.id != before.id, after.state, after.networks) == (True, "running", before.networks)
        assert (await world.execute("app", "cat /keep/it"))[1].strip() == "kept"
        assert [c.id for c in (await world.engine.observe(world.name)).containers] == [after.id]


async def a_network_is_made_anew() -> None:
    """Under the same name with another subnet: what was on it is there again, under an address of the new one."""
    async with World() as world:
        pool = (IpamPool("10.231.7.0/24"),)
        world.networks["default"] = Network("default", f"{world.name}_default", ipam=pool, config_hash="one")
        for name in ("app", "peer"):
            world.service(name, FOREVER)
        await world.up()
        name = f"{world.name}_default"
        assert (await world.container("app")).networks[name].startswith("10.231.7.")
        observed = await world.engine.observe(world.name)
        assert [network.config_hash for network in observed.networks] == ["one"]
        assert "is in use by" in str(await refused(world.engine.remove_network(world.name, name)))
        for container in world.containers.values():
            await world.engine.stop(container, 0)
        await world.engine.remove_network(world.name, name)
        moved = (IpamPool("10.231.8.0/24"),)
        world.networks["default"] = Network("default", name, ipam=moved, config_hash="two")
        await world.engine.create_network(world.stack, world.networks["default"])
        for container in world.containers.values():
            await world.engine.start(world.stack, container)
        addresses = {key: (await world.container(key)).networks[name] for key in ("app", "peer")}
        assert sorted(addresses.values()) == ["10.231.8.2", "10.231.8.3"]
        assert addresses["peer"] in (await world.execute("app", "getent hosts peer"))[1]
