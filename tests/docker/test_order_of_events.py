"""What is told of a container that ends at once, in whatever order the engine says it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from longshore.docker.events import EventStream
from longshore.model.errors import ShoreError
from longshore.state.events import ContainerDied, ContainerRemoved, ContainerStarted, Event

MARKS = {"exitCode": "0", "name": "demo-job-1", "com.docker.compose.service": "job"}
RUN = "2026-11-29T09:00:00.5Z"
AGAIN = "2026-11-29T09:00:01.5Z"


class FakeApi:
    """An engine that says `said`: actions, each with when the run began that an inspection then shows."""

    endpoint = SimpleNamespace(url="unix:///fake")

    def __init__(self, said: list[tuple[str, str]], *, podman: bool) -> None:
        self._said, self._podman, self._began = said, podman, ""

    async def is_podman(self) -> bool:
        return self._podman

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[FakeApi]:
        yield self

    async def stream(self, *words: object, query: Mapping[str, object]) -> Any:
        self.query = query
        return self._open()

    async def objects(self) -> AsyncIterator[Mapping[str, Any]]:
        for action, began in self._said:
            self._began = began
            yield {"Action": action, "Actor": {"ID": "1", "Attributes": MARKS}}

    async def get(self, path: str, **query: object) -> list[object]:
        return []

    async def find(self, path: str) -> Mapping[str, Any]:
        return {
            "Id": "1", "Name": "/demo-job-1", "Created": RUN, "NetworkSettings": {}, "HostConfig": {},
            "Config": {"Labels": {"com.docker.compose.service": "job"}},
            "State": {"Status": "exited", "StartedAt": self._began, "FinishedAt": AGAIN},
        }  # fmt: skip


class Nobody:
    """Has seen nothing healthy."""

    def read(self) -> Mapping[str, float]:
        return {}


async def told(said: list[tuple[str, str]], *, podman: bool) -> list[type[Event]]:
    stream = EventStream(FakeApi(said, podman=podman), "demo", Nobody())  # type: ignore[arg-type]
    found: list[type[Event]] = []

    async def all_of_it() -> None:
        async for event in stream:
            assert (event.service, event.container) == ("job", "demo-job-1")
            found.append(type(event))

    with pytest.raises(ShoreError, match="went away"):  # the stream ends
        await all_of_it()
    return found


@pytest.mark.parametrize("podman", [True, False])
async def test_begun_and_ended(podman: bool) -> None:
    assert await told([("start", RUN), ("die", RUN)], podman=podman) == [ContainerStarted, ContainerDied]


async def test_podman_says_that_it_has_ended_first() -> None:
    """What waited for it waited for ever: the last word was that it runs."""
    assert await told([("die", RUN), ("start", RUN)], podman=True) == [ContainerDied]


async def test_another_run_begins_all_the_same() -> None:
    again = [("start", RUN), ("die", RUN), ("start", AGAIN), ("die", AGAIN)]
    assert await told(again, podman=True) == [ContainerStarted, ContainerDied] * 2
    assert await told([("die", RUN), ("start", RUN), ("start", AGAIN)], podman=True) == [
        ContainerDied, ContainerStarted,
    ]  # fmt: skip


async def test_an_answer_that_nobody_foresaw_ends_the_waiting() -> None:
    """Who waits would else wait for ever."""

    class Odd(FakeApi):
        async def find(self, path: str) -> Mapping[str, Any]:
            return {}

    with pytest.raises(KeyError):
        async for _ in EventStream(Odd([("start", RUN)], podman=True), "demo", Nobody()):  # type: ignore[arg-type]
            pass


@pytest.mark.parametrize("podman", [True, False])
async def test_podman_is_asked_for_what_happens_before_it_listens(podman: bool) -> None:
    """It answers a subscription before it reads its own log: a job of two milliseconds was never heard of."""
    before, api = time.time(), FakeApi([], podman=podman)
    with pytest.raises(ShoreError, match="went away"):
        await anext(aiter(EventStream(api, "demo", Nobody())))  # type: ignore[arg-type]
    assert ("since" in api.query) is podman
    filters = api.query["filters"]
    assert isinstance(filters, dict)
    assert ({"died", "remove"} <= set(filters["event"])) is podman, "its own names are asked for"
    if podman:
        assert before - 0.001 <= float(str(api.query["since"])) <= time.time()


async def test_podmans_own_names_are_understood() -> None:
    said = [("start", RUN), ("died", RUN), ("remove", RUN)]
    assert await told(said, podman=True) == [ContainerStarted, ContainerDied, ContainerRemoved]
