"""Everything the agent keeps of its project: networks, containers, who listens. One instance per agent."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from longshore.engine.uninterrupted import whole
from longshore.model.codec import encode
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.native.agent.container.filling import fill_volumes
from longshore.native.agent.container.supervised import Supervised
from longshore.native.agent.ground import Ground, NetworkOwner
from longshore.native.agent.network.addresses import (
    PoolExhausted,
    choose_address,
    choose_subnet,
    gateway_of,
    host_networks,
    is_within,
)
from longshore.native.agent.network.hub import Hub
from longshore.native.agent.network.networks import Networks
from longshore.native.agent.tasks import Tasks
from longshore.native.shared.cgroups import sweep
from longshore.native.shared.places import Places, ProjectPlaces
from longshore.native.shared.records import NetworkRecord, ProjectRecord, Record, after_agent, load, save
from longshore.native.shared.removal import remove_tree
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.volumes import VolumeMeta, Volumes
from longshore.native.shared.zygote import Zygote
from longshore.state.boot import boot_id
from longshore.state.events import ContainerCreated, ContainerRemoved, Event, Note

__all__ = ["Project"]

_SAVE_DELAY = 0.02
_MOST_PREPARED = 16
"""Processes that wait for their start at one time: each takes some 3 MB, and making it the time of others."""


class Project:
    """`nested`: the agent belongs to an ordinary user, so each service gets a user namespace of its own."""

    def __init__(
        self, name: str, places: Places, zygote: Zygote, hub: Hub, *, nested: bool, mapped: bool = False
    ) -> None:
        self.name = name
        self.places: ProjectPlaces = places.project(name)
        self._volumes = Volumes(places.volumes)
        networks = Networks(hub, lambda: self._networks)
        self._ground = Ground(self.places, zygote, hub, networks, self._volumes, nested=nested, mapped=mapped)
        self.listeners: list[Callable[[Event], None]] = []
        self.containers: dict[str, Supervised] = {}
        self._successors: dict[str, Record] = {}
        """Containers that are made, by the id of the one whose place they are going to take."""
        self._networks: dict[str, NetworkRecord] = {}
        self._saving = False
        self._closing = False
        self._background = Tasks()
        self.on_idle: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Take up what the state file says; what ran under an earlier agent is known to have died with it."""
        self.places.logs.mkdir(parents=True, exist_ok=True)
        self.places.containers.mkdir(exist_ok=True)
        sweep(self.name)
        found = load(self.places.state) or ProjectRecord(self.name)
        self._networks = dict(found.networks)
        self.containers = {
            key: Supervised(self._ground, self, after_agent(record)) for key, record in found.containers.items()
        }
        self._forget_halves()
        self._ground.zygote.watch(self._cannot_go_on)
        self._save()

    def _supervised(self, record: Record) -> Supervised:
        return Supervised(self._ground, self, record)

    def _forget_halves(self) -> None:
        """Directories of containers that an agent which was killed had begun to make or to remove."""
        for entry in self.places.containers.iterdir():
            if entry.name not in self.containers:
                remove_tree(entry)

    def _cannot_go_on(self) -> None:
        """The zygote was killed: nothing can be started any more, so this agent ends; the next one takes over."""
        if not self._closing:
            self.note("the process that makes containers was killed; the agent ends, and its services with it")
            self.on_lost()

    async def close(self) -> None:
        """Stop what still runs, with its grace period, and let go of everything. What a failing hook keeps from being
        stopped is killed with the rest."""
        self._closing = True
        await asyncio.gather(*(container.stop() for container in self.containers.values()), return_exceptions=True)
        self._save()
        self._ground.networks.close()
        self._ground.hub.close()
        self._ground.zygote.unwatch()
        self._ground.zygote.close()

    # state

    @property
    def record(self) -> ProjectRecord:
        records = {key: container.record for key, container in self.containers.items()}
        return ProjectRecord(self.name, boot=boot_id(), networks=self._networks, containers=records)

    @property
    def busy(self) -> bool:
        """Whether anything runs or is about to."""
        return any(c.running or c.record.wanted or c.record.state == "restarting" for c in self.containers.values())

    @property
    def empty(self) -> bool:
        """Whether nothing of the project is left (a command that failed before it made anything)."""
        return not self.containers and not self._networks

    def changed(self) -> None:
        """Have the state saved soon; many changes at once are one write."""
        if not self._saving:
            self._saving = True
            asyncio.get_running_loop().call_later(_SAVE_DELAY, self._save)

    def _save(self) -> None:
        self._saving = False
        head = encode(ProjectRecord(self.name, boot=boot_id(), networks=self._networks))
        containers = {key: container.remembered.as_json for key, container in self.containers.items()}
        with suppress(FileNotFoundError):  # finished: the directory is gone
            try:
                save(self.places.state, head, containers)
            except OSError as error:
                self.note(f"the state file cannot be written: {error.strerror}")

    def emit(self, event: Event) -> None:
        for listener in list(self.listeners):
            listener(event)

    def note(self, text: str) -> None:
        self.emit(Note(text=text))

    def ended(self, identity: str, *, remove: bool) -> None:
        """Called when a container ended: a one-off of `run --rm -d` goes, and an agent with nothing left may end."""
        if remove and not self._closing:
            self._background.begin(self.remove(identity, volumes=True))
        self.on_idle()

    # networks

    def create_network(self, wanted: NetworkRecord) -> None:
        """Choose a subnet where the file names none. The same network again is no error."""
        if wanted.name in self._networks:
            return
        taken = [*host_networks(), *(network.subnet for network in self._networks.values())]
        try:
            subnet = wanted.subnet or choose_subnet(taken)
        except PoolExhausted as error:
            raise ShoreError(str(error)) from error
        gateway = wanted.gateway or gateway_of(subnet)
        self._networks[wanted.name] = replace(wanted, subnet=subnet, gateway=gateway)
        for container in self.containers.values():
            if wanted.name in container.record.addresses:  # it was on an earlier network of this name
                container.move(self._addresses(container.spec, container.record))
        self.changed()

    async def remove_network(self, name: str) -> None:
        for container in list(self.containers.values()):
            if name in container.record.addresses:
                await container.leave()  # its process is on this network, not on one that is called so later
        users = [c.spec.name for c in self.containers.values() if name in c.record.addresses and c.running]
        if users:
            raise ShoreError(f"network {name} is in use by {', '.join(users)}", hint="stop them first")
        if self._networks.pop(name, None):
            await self._ground.networks.remove(name)
            self.changed()

    def silent(self, record: Record, name: str) -> tuple[str, ...] | None:
        """No address for a service beside `record` that does not run (so nobody else is asked), None for any other."""
        beside = {use.network for use in record.spec.networks}
        for container in self.containers.values():
            shared = [use for use in container.spec.networks if use.network in beside]
            if shared and name in {
                container.spec.service,
                container.spec.name,
                *(a for u in shared for a in u.aliases),
            }:
                return ()
        return None

    # containers

    def get(self, identity: str) -> Supervised:
        found = self.containers.get(identity) or self.find(identity, by_service=False)
        if found is None:
            raise ShoreError(f"there is no container {identity}", hint="see what there is: shore ps -a")
        return found

    def find(self, name: str, *, by_service: bool) -> Supervised | None:
        """The container called `name`, or the first of the service called so."""
        for container in self.containers.values():
            if name in (container.spec.service if by_service else container.spec.name, container.spec.id):
                return container
        return None

    async def create(
        self, spec: ContainerSpec, replaces: str = "", *, renew_anonymous: bool = False, ports_auto: bool = False
    ) -> Record:
        """Make a container. One that `replaces` another takes over its addresses and anonymous volumes, and is kept
        apart until `supersede`: a failure leaves the old one as it is."""
        if self._ground.nested and not self._ground.mapped and spec.ids == "many":
            what = f"{spec.service} wants many ids, and the project's services run with one"
            raise ShoreError(what, hint="take them down once, data stays: shore down; then shore up")
        anonymous = self._anonymous(spec, self._kept(spec, replaces), renew_anonymous)
        await self._fill(spec, anonymous)
        old, kept = self.containers.get(replaces), self._kept(spec, replaces)
        if self.find(spec.name, by_service=False) not in (None, old):
            raise ShoreError(f"a container called {spec.name} is already there", hint="remove it: shore rm")
        record = Record(
            spec=spec,
            generation=kept.generation + 1 if kept else 1,
            addresses=self._addresses(spec, kept),
            anonymous=anonymous,
            ports=kept.ports if kept else (),
            ports_auto=ports_auto,
            created=time.time(),
        )
        if old:
            self._successors[old.spec.id] = record
        else:
            self._admit(record)
        return record

    def _kept(self, spec: ContainerSpec, replaces: str) -> Record | None:
        """The record of the container that this one replaces, if it is one of the same service."""
        old = self.containers.get(replaces)
        return old.record if old and old.record.spec.service == spec.service else None

    async def _fill(self, spec: ContainerSpec, anonymous: Mapping[str, str]) -> None:
        """Make its anonymous volumes, and fill those that are empty, before anybody can see or start it."""
        new = [
            name
            for name in anonymous.values()
            if self._volumes.create(VolumeMeta(name, project=self.name, anonymous=True))
        ]
        try:
            await whole(fill_volumes(spec, anonymous, self._volumes, owners=not self._ground.nests(spec)))
        except BaseException as error:  # broken off, too: nobody would know of them any more
            for name in new:
                self._volumes.remove(name)
            if not isinstance(error, OSError):
                raise
            what = f"{spec.service}: its volume cannot be filled from the image: {error.strerror or error}"
            raise ShoreError(what, hint="is the disk full?") from error

    def _admit(self, record: Record) -> None:
        """From here on it is one of the project's containers."""
        server = record.spec.server
        for name in record.server_volumes:
            assert server is not None
            self._volumes.remember_server(name, server)
        made = self.containers[record.spec.id] = self._supervised(record)
        if self._ground.nested:
            for mount in record.spec.mounts:
                if mount.type == "volume":
                    self._volumes.remember_ids(mount.source or record.anonymous[mount.target], record.spec.ids)
        self.changed()
        made.tell(ContainerCreated())

    async def supersede(self, identity: str, by: str) -> None:
        """Remove a container that does not run; the one that was made in its place, `by`, takes it."""
        if by in self.containers:  # there was no old one any more when it was made
            return
        successor = self._successors.get(identity)
        if successor is None or successor.spec.id != by:
            raise ShoreError(f"nothing was made in the place of {identity}", hint="run shore up again")
        await self.remove(identity)
        del self._successors[identity]
        self._admit(replace(successor, created=time.time()))  # what is in its log from before is the old one's

    def _addresses(self, spec: ContainerSpec, kept: Record | None) -> dict[str, str]:
        """One address on each network: the file's, else the one before, else the lowest free one."""
        found: dict[str, str] = {}
        for use in spec.networks:
            network = self._networks.get(use.network)
            if network is None:
                raise ShoreError(f"{spec.service}: there is no network {use.network}", hint="run shore up again")
            known = [*(c.record for c in self.containers.values()), *self._successors.values()]
            taken = {other.addresses.get(use.network, "") for other in known if other is not kept}
            taken |= {network.gateway, *network.taken}
            before = kept.addresses.get(use.network, "") if kept else ""
            stays = bool(before) and before not in taken and is_within(before, network.subnet)
            wanted = use.address or (before if stays else "")
            if use.address and use.address in taken:
                raise ShoreError(f"{spec.service}: address {use.address} is taken on {use.network}")
            try:
                found[use.network] = wanted or choose_address(network.subnet, taken, network.pool)
            except PoolExhausted as error:
                raise ShoreError(f"{spec.service}: {error}") from error
        return found

    def _anonymous(self, spec: ContainerSpec, kept: Record | None, renew: bool) -> dict[str, str]:
        targets = [mount.target for mount in spec.mounts if mount.type == "volume" and not mount.source]
        before = kept.anonymous if kept and not renew else {}
        return {target: before.get(target) or os.urandom(32).hex() for target in targets}

    async def remove(self, identity: str, *, volumes: bool = False) -> None:
        """Remove a container that does not run: its private layer, and with `volumes` its anonymous volumes."""
        container = self.get(identity)
        if container.running:
            raise ShoreError(f"{container.spec.name} runs", hint="stop it first")
        await container.stop()
        await self._forget(container)
        if volumes or container.spec.oneoff:
            for name in container.record.anonymous.values():
                self._volumes.remove(name)

    async def _forget(self, container: Supervised) -> None:
        self.containers.pop(container.spec.id, None)
        self.changed()
        container.tell(ContainerRemoved())
        if container.directory.exists():
            await asyncio.to_thread(remove_tree, container.directory)

    @property
    def enough_prepared(self) -> bool:
        return sum(container.prepared for container in self.containers.values()) >= _MOST_PREPARED

    def has(self, identity: str) -> bool:
        return not self._closing and identity in self.containers

    def network_of(self, name: str, *, by_service: bool) -> NetworkOwner | None:
        other = self.find(name, by_service=by_service)
        return NetworkOwner(other.network, other.spec, self._names_of(other)) if other and other.running else None

    def _names_of(self, container: Supervised) -> Path:
        """The directory of the one whose /etc/hosts and the like it has: the last of a chain of shared networks."""
        seen: list[str] = []
        while container.spec.id not in seen:
            seen.append(container.spec.id)
            kind, _, name = container.spec.network_mode.partition(":")
            found = self.find(name, by_service=kind == "service") if kind in ("service", "container") else None
            container = found or container
        return container.directory

    def leave(self, container: Supervised) -> None:
        """Nobody is going to start what was prepared."""
        self._background.begin(container.leave())
