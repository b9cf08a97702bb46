"""The health of one container, watched from its start to its end."""

from __future__ import annotations

from typing import Protocol

from longshore.health.monitor import ProbeResult, monitor
from longshore.health.schedule import SHORTEST, Status
from longshore.native.agent.health.listening import ListeningSigns
from longshore.native.agent.health.probes import CHEAP, Probed, offers, probe, question
from longshore.native.agent.network.hub import Hub
from longshore.state.observed import Health

__all__ = ["Checked", "watch_health"]


class Checked(Probed, Protocol):
    """A container with a health check, which runs."""

    async def going(self) -> int:
        """Return when it is not paused: how often it has been so far."""

    def seen(self, status: Health, exit_code: int, output: str) -> None:
        """Take what a probe has found."""


async def watch_health(container: Checked, hub: Hub) -> None:
    """Probe it as its check says, until cancelled."""
    check = container.spec.health
    assert check is not None

    async def run(test: tuple[str, ...], timeout: float) -> ProbeResult:
        while True:
            pauses = await container.going()
            result = await once(test, timeout)
            if pauses == await container.going():
                return result  # no pause came between, which would say nothing of its health

    async def once(test: tuple[str, ...], timeout: float) -> ProbeResult:
        try:
            return await probe(container, hub, test, timeout)
        except OSError as error:  # out of descriptors or processes: a failed probe, and the next may pass
            return ProbeResult(1, f"the probe could not be run: {error.strerror or error}")

    def report(status: Status, result: ProbeResult) -> None:
        container.seen(status, result.exit_code, result.output)

    if container.network < 0:
        await monitor(check, run, report)
        return
    asked = question(container, check.test)
    diagnosis = await hub.diagnosis_in(container.network)
    serves, port = container.spec.serves, asked.port if asked else 0
    with ListeningSigns(diagnosis, serves=serves, asks=port, offers=offers(container)) as signs:
        await monitor(check, run, report, shortest=CHEAP if asked else SHORTEST, signs=signs)
