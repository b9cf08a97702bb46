"""The eager schedule: a success counts at once, a failure only where the declared schedule would have probed."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from longshore.health.monitor import ProbeResult, monitor
from longshore.health.schedule import Tally, next_delay
from longshore.model.healthcheck import HealthCheck

CHECK = HealthCheck(("CMD", "true"), interval=10, timeout=2, retries=3, start_period=5)


def failing(check: HealthCheck, takes: float) -> tuple[float, int]:
    """When a service whose test always fails after so many seconds is unhealthy, and how many probes it took."""
    tally, now, probes = Tally(), 0.02, 0
    while tally.status == "starting":
        tally, probes = tally.after(False, now, now + takes, check), probes + 1
        now += takes
        if tally.status == "starting":
            now += next_delay(tally, now, takes, check)
    return now, probes


@pytest.mark.parametrize(
    ("check", "takes", "after"),
    [
        (HealthCheck(interval=0.3, timeout=60, retries=3), 0.001, 0.9),
        (HealthCheck(interval=10, timeout=60, retries=1), 0.001, 10),
        (HealthCheck(interval=10, timeout=2, retries=3, start_period=5), 0.001, 30),
        (HealthCheck(interval=10, timeout=2, retries=3, start_period=15), 0.001, 40),
        (HealthCheck(interval=1, timeout=2, retries=2, start_period=60), 0.001, 61),
        (HealthCheck(), 0.001, 90),
    ],
)
def test_what_fails_fast_is_unhealthy_when_docker_says_so(check: HealthCheck, takes: float, after: float) -> None:
    assert failing(check, takes)[0] == pytest.approx(after, rel=0.03)


def test_what_hangs_is_unhealthy_one_time_out_later_at_the_most() -> None:
    check = HealthCheck(interval=1, timeout=5, retries=3)
    assert 3 * 6 <= failing(check, 5)[0] <= 3 * 6 + 5


def test_a_failure_before_the_first_declared_probe_never_counts() -> None:
    tally = Tally()
    for began in (0.02, 5, 9.9):
        tally = tally.after(False, began, began + 0.1, CHECK)
    assert tally == Tally()


def test_after_the_first_success_retries_rule() -> None:
    tally = Tally().after(True, 0.1, 0.1, CHECK)
    for _ in range(2):
        tally = tally.after(False, 50, 50, CHECK)
    assert tally.status == "healthy"
    assert tally.after(False, 60, 60, CHECK).status == "unhealthy"
    assert tally.after(True, 60, 60, CHECK).status == "healthy"


def test_readiness_is_seen_at_most_five_percent_late() -> None:
    times, check = [0.0], HealthCheck(interval=30)
    while times[-1] < 30:
        times.append(times[-1] + next_delay(Tally(), times[-1], 0.001, check))
    for earlier, later in itertools.pairwise(times):
        assert later - earlier <= max(0.02, earlier * 0.05) + 1e-9
    assert len(times) < 160


def test_an_expensive_probe_leaves_room() -> None:
    assert next_delay(Tally(), 0.1, 0.4, CHECK) == pytest.approx(0.4)
    assert next_delay(Tally(), 500, 9, HealthCheck(interval=1000)) == 1.0


def test_a_service_that_does_not_listen_yet_is_hardly_probed() -> None:
    assert next_delay(Tally(), 0.3, 0.02, CHECK, silent=True) == pytest.approx(0.8)
    assert next_delay(Tally(), 5, 0.2, CHECK, silent=True) == 1.0
    assert next_delay(Tally("healthy"), 5, 0.2, CHECK, silent=True) == 10
    assert next_delay(Tally(), 0.01, 0.001, CHECK, hopeless=True) == 1.0


def test_a_healthy_service_is_asked_at_its_interval() -> None:
    assert next_delay(Tally("healthy"), 3, 0.1, CHECK) == 10
    assert next_delay(Tally("healthy"), 3, 0.1, HealthCheck()) == 30


async def test_the_monitor_reports_changes_and_the_last_output() -> None:
    answers = iter([1, 1, 0, 0, 1, 1, 1, 0])
    seen: list[tuple[str, str]] = []
    now = 5000.0  # whenever it begins: times count from there

    async def run(test: tuple[str, ...], timeout: float) -> ProbeResult:
        assert (test, timeout) == (("CMD", "true"), 2)
        code = next(answers, None)
        if code is None:
            raise asyncio.CancelledError
        return ProbeResult(code, f"said {code}")

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    with pytest.raises(asyncio.CancelledError):
        await monitor(
            CHECK, run, lambda status, result: seen.append((status, result.output)), clock=lambda: now, sleep=sleep
        )
    assert seen == [
        ("starting", "said 1"),
        ("starting", "said 1"),
        ("healthy", "said 0"),
        ("unhealthy", "said 1"),
        ("healthy", "said 0"),
    ]


class _Opening:
    """Signs of a service that begins to listen at `at`; time goes by in `change` and by probes. `offers`: its test may
    pass before that. The machine runs for 1,000 s already."""

    def __init__(self, at: float, *, offers: bool = False) -> None:
        self.at, self.now, self.offers = at, 0.0, offers

    @property
    def silent(self) -> bool:
        return self.now < self.at

    @property
    def hopeless(self) -> bool:
        return False

    @property
    def early(self) -> bool:
        return self.offers and self.now < self.at

    async def change(self, seconds: float) -> None:
        end = self.now + seconds
        self.now = self.at if self.now < self.at <= end else end


async def test_signs_of_life_bring_the_next_probe_forward() -> None:
    signs, probes = _Opening(at=0.7), list[float]()

    async def run(test: tuple[str, ...], timeout: float) -> ProbeResult:
        del test, timeout
        probes.append(signs.now)
        signs.now += 0.02
        return ProbeResult(int(signs.silent))

    async def stop(seconds: float) -> None:
        assert seconds == 10  # healthy: the declared interval, without signs
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await monitor(CHECK, run, lambda *_: None, signs=signs, clock=lambda: 1000 + signs.now, sleep=stop)
    assert probes == pytest.approx([0.25, 0.7])


@pytest.mark.parametrize(("at", "healthy"), [(2.5, 2.5), (99, 10)])
async def test_an_early_success_counts_when_others_can_use_the_service_or_from_the_interval_on(
    at: float, healthy: float
) -> None:
    signs = _Opening(at, offers=True)

    async def run(test: tuple[str, ...], timeout: float) -> ProbeResult:
        del test, timeout
        return ProbeResult(0)

    async def stop(seconds: float) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await monitor(CHECK, run, lambda *_: None, signs=signs, clock=lambda: 1000 + signs.now, sleep=stop)
    assert healthy <= signs.now <= healthy + 1


class _Waiting(_Opening):
    """Listens as it will; `vain`: nothing that is asked now can be answered."""

    def __init__(self, *, vain: bool) -> None:
        super().__init__(at=0.0)
        self.vain = vain

    @property
    def hopeless(self) -> bool:
        return self.vain


async def _first_three(signs: _Opening, exit_code: int) -> list[float]:
    """When a test that always ends so is asked for the first three times, in seconds after the start."""
    probes: list[float] = []

    async def run(test: tuple[str, ...], timeout: float) -> ProbeResult:
        probes.append(signs.now)
        if len(probes) == 3:
            raise asyncio.CancelledError
        return ProbeResult(exit_code)

    with pytest.raises(asyncio.CancelledError):
        await monitor(CHECK, run, lambda *_: None, signs=signs, clock=lambda: 1000 + signs.now)
    return probes


@pytest.mark.parametrize(("vain", "asked"), [(False, [0.02, 0.04, 0.06]), (True, [0.02, 1.02, 2.02])])
async def test_what_cannot_be_answered_is_asked_as_seldom_as_may_be(vain: bool, asked: list[float]) -> None:
    assert await _first_three(_Waiting(vain=vain), 1) == pytest.approx(asked)


async def test_a_success_that_comes_too_early_is_asked_for_again_as_seldom() -> None:
    assert await _first_three(_Opening(at=99, offers=True), 0) == pytest.approx([0.25, 1.25, 2.25])


async def test_a_failure_counts_by_the_time_since_the_service_began() -> None:
    """However long the machine runs already: the first probe that counts comes after one interval, the third fails."""
    now, ended = 5000.0, list[float]()

    async def run(test: tuple[str, ...], timeout: float) -> ProbeResult:
        return ProbeResult(1)

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    def report(status: str, result: ProbeResult) -> None:
        if status == "unhealthy":
            ended.append(now - 5000)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await monitor(CHECK, run, report, clock=lambda: now, sleep=sleep)
    assert ended == [pytest.approx(30, abs=1)]
