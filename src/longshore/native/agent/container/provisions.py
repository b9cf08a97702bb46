"""What a container needs of the agent from one start to the end of its process: streams, ports, names, its volume."""

from __future__ import annotations

import os
from collections.abc import Sequence

from longshore.model.errors import ShoreError
from longshore.native.agent.container.launch import Launched
from longshore.native.agent.container.logs import LogWriter
from longshore.native.agent.container.output import Output
from longshore.native.agent.ground import Ground, Neighbours
from longshore.native.agent.network.dns import NameServer, View, host_servers
from longshore.native.agent.network.publishedports import PublishedPorts
from longshore.native.shared.records import Record
from longshore.state.observed import Published

__all__ = ["Provisions"]


class Provisions:
    """Taken bit by bit while it starts; `close` gives everything back, however far it came."""

    def __init__(self, ground: Ground, neighbours: Neighbours, log: LogWriter) -> None:
        self._ground, self._neighbours = ground, neighbours
        self._output = Output(log)
        self._ports = PublishedPorts(ground.hub)
        self._names: NameServer | None = None
        self._claims: list[int] = []

    def streams(self, record: Record, given: Sequence[int]) -> list[int]:
        """New standard streams that lead to its log; none where some are `given`, or it has a terminal. The caller
        closes them once the process has them."""
        return [] if record.spec.tty or given else self._output.streams(stdin_open=record.spec.stdin_open)

    @property
    def stdin(self) -> int:
        """See Output."""
        return self._output.stdin

    def bind(self, record: Record) -> tuple[Published, ...]:
        """Bind its published ports. Raises ShoreError for one that cannot be had."""
        if record.spec.network_mode or not self._ground.networks.reachable(record):
            return ()
        return self._ports.bind(record)

    def claim(self, record: Record) -> None:
        """Claim what a database server's data lies on, against a second server on it. Raises ShoreError."""
        try:
            for name in record.server_volumes:
                self._claims.append(self._ground.volumes.claim(name))
        except ShoreError as error:
            raise ShoreError(f"{record.spec.service}: {error.what}", hint=error.hint) from error

    async def serve(self, record: Record, made: Launched, *, logged: bool) -> None:
        """What a process that runs needs: names, its terminal read, its ports opened. Raises OSError."""
        names = made.take_names()
        if names:
            self._names = NameServer(*names, self._view(record))
        if made.terminal >= 0 and logged:
            self._output.terminal(made.terminal)
            made.terminal = -1
        if record.spec.networks:
            await self._ports.open(record.addresses[record.spec.networks[0].network])

    def _view(self, record: Record) -> View:
        networks = self._ground.networks
        return View(
            lambda name: networks.addresses(record, name) or self._neighbours.silent(record, name),
            lambda address: networks.name_of(record, address),
            record.spec.dns or host_servers(),
        )

    async def ended(self) -> None:
        """Return when its last lines are written."""
        await self._output.ended()

    def close(self) -> None:
        self._output.close()
        self._ports.close()
        if self._names:
            self._names.close()
            self._names = None
        for fd in self._claims:
            os.close(fd)
        self._claims.clear()
