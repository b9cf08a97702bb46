"""The project's networks as they are: bridges in the hub with their way out, and the names on each."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping

from longshore.model.record import factory, record
from longshore.native.agent.network.hub import Attachment, Hub, hardware_address
from longshore.native.agent.network.relay import Relay, join, original_destination, outbound_target
from longshore.native.shared.records import NetworkRecord, Record

__all__ = ["Names", "Networks"]


@record(frozen=False)
class Names:
    """Which name stands for which addresses on one network, and back; only containers that run are in it."""

    addresses: dict[str, dict[str, str]] = factory(default_factory=dict)
    """name → container id → address"""
    names: dict[str, str] = factory(default_factory=dict)
    """address → container name"""

    def add(self, identity: str, address: str, names: Iterable[str], container: str) -> None:
        for name in names:
            self.addresses.setdefault(name.lower(), {})[identity] = address
        self.names[address] = container

    def remove(self, identity: str) -> None:
        for name, holders in list(self.addresses.items()):
            address = holders.pop(identity, None)
            if address:
                self.names.pop(address, None)
            if not holders:
                del self.addresses[name]


@record(frozen=False)
class _Bridge:
    record: NetworkRecord
    device: str
    relay: Relay


class Networks:
    """Bridges are made when the first container needs them; `records` is the project's own table."""

    def __init__(self, hub: Hub, records: Callable[[], Mapping[str, NetworkRecord]]) -> None:
        self._hub, self._records = hub, records
        self._bridges: dict[str, asyncio.Task[_Bridge]] = {}
        self._names: dict[str, Names] = {}

    @property
    def records(self) -> Mapping[str, NetworkRecord]:
        """Every network of the project, by name, whether its bridge is made or not."""
        return self._records()

    def reachable(self, record: Record) -> bool:
        """Whether published ports of a container can lead anywhere: not on `internal` networks alone, as with
        Docker."""
        return any(not self.records[use.network].internal for use in record.spec.networks)

    async def attachments(self, record: Record) -> list[Attachment]:
        """The veths that a container needs, on bridges that exist."""
        found = []
        for number, use in enumerate(record.spec.networks):
            bridge = await self._bridge(use.network)
            address = record.addresses[use.network]
            mac = bytes.fromhex(use.mac.replace(":", "").replace("-", "")) if use.mac else hardware_address(address)
            found.append(Attachment(bridge.device, use.interface or f"eth{number}", mac))
        return found

    async def _bridge(self, name: str) -> _Bridge:
        making = self._bridges.get(name)
        if making is None or (making.done() and (making.cancelled() or making.exception())):
            making = self._bridges[name] = asyncio.ensure_future(self._make(self.records[name]))
        return await asyncio.shield(making)

    async def _make(self, record: NetworkRecord) -> _Bridge:
        prefix = int(record.subnet.partition("/")[2])
        device, listeners = await self._hub.add_network(record.gateway, prefix, internal=record.internal)
        relay = Relay()
        for listener in listeners:
            relay.accept(listener, lambda connection: self._outward(connection, record))
        return _Bridge(record, device, relay)

    async def _outward(self, connection: socket.socket, network: NetworkRecord) -> None:
        """Carry one connection of a container to where it was meant to go, from the host."""
        destination, port = original_destination(connection)
        subnets = tuple(record.subnet for record in self.records.values())
        address = outbound_target(destination, network.gateway, subnets)
        if address is None:
            raise ConnectionRefusedError
        outside = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        outside.setblocking(False)
        try:
            if address != destination:
                outside.bind((address, 0))
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(outside, (address, port)), 60)
        except (OSError, TimeoutError):
            outside.close()
            raise ConnectionRefusedError from None
        await join(connection, outside)

    async def remove(self, name: str) -> None:
        made = self._bridges.pop(name, None)
        self._names.pop(name, None)
        if made:
            bridge = await made
            bridge.relay.close()
            await self._hub.remove_network(bridge.device)

    def close(self) -> None:
        for task in self._bridges.values():
            if task.done() and not task.cancelled() and not task.exception():
                task.result().relay.close()

    def appear(self, record: Record) -> None:
        """The container runs: its names are known from now on."""
        spec = record.spec
        own = {spec.service, spec.name, spec.hostname, spec.id}
        if spec.oneoff:
            own.discard(spec.service)
        for use in spec.networks:
            names = {*own, *use.aliases}
            names |= {f"{name}.{use.network}" for name in names}
            table = self._names.setdefault(use.network, Names())
            table.add(spec.id, record.addresses[use.network], names, spec.name)

    def vanish(self, record: Record) -> None:
        for use in record.spec.networks:
            if use.network in self._names:
                self._names[use.network].remove(record.spec.id)

    def addresses(self, record: Record, name: str) -> tuple[str, ...] | None:
        """What `name` stands for as this container sees it: its links, then the names on its networks."""
        target = record.spec.links.get(name, name).rstrip(".").lower()
        for use in record.spec.networks:
            holders = self._names.get(use.network, Names()).addresses.get(target)
            if holders:
                return tuple(holders.values())
        if target == "host.docker.internal":
            return self._gateways(record)[:1] or None
        return None

    def _gateways(self, record: Record) -> tuple[str, ...]:
        records = [self.records[use.network] for use in record.spec.networks]
        return tuple(network.gateway for network in records if not network.internal)

    def name_of(self, record: Record, address: str) -> str | None:
        for use in record.spec.networks:
            name = self._names.get(use.network, Names()).names.get(address)
            if name:
                return f"{name}.{use.network}"
        return None
