"""Managers that do not agree for a while: what is asked is asked again, and nothing is made twice."""

from __future__ import annotations

import pytest

from longshore.docker.api.connection import Endpoint
from longshore.docker.api.errors import ApiError
from longshore.ship.lock import alone
from longshore.ship.swarm import Swarm

LATE = ApiError(500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded")
LEADERLESS = ApiError(503, "rpc error: code = Unknown desc = The swarm does not have a leader.")
TAKEN = ApiError(409, "rpc error: code = AlreadyExists desc = name conflicts with an existing object")


STALE = ApiError(404, "rpc error: code = NotFound desc = network longshore-edge not found")


class Managers(Swarm):
    """Answers with one of `said` after the other; a config is made where it says None or LATE."""

    def __init__(self, *said: ApiError | None) -> None:
        super().__init__(Endpoint("unix", "/nowhere"))
        self.said, self.made = list(said), dict[str, dict[str, str]]()
        self.api.post = self._post  # type: ignore[method-assign, assignment]

    async def _changed(self, kind: str, name: str, change: object) -> None:
        """A service that is changed is named in `made`."""
        del kind, change
        await self._post("", {"Name": name, "Labels": ""})

    async def _post(self, path: str, body: dict[str, str], **query: object) -> None:
        del path, query
        error = self.said.pop(0)
        if error in (None, LATE):
            if body["Name"] in self.made:
                raise TAKEN
            self.made[body["Name"]] = body["Labels"]  # type: ignore[assignment]
        if error:
            raise error

    async def configs(self, project: str = "") -> dict[str, dict[str, object]]:
        return {name: {"ID": name, "Spec": {"Labels": labels}} for name, labels in self.made.items()}

    async def remove(self, kind: str, name: str) -> None:
        del self.made[name]


async def test_it_is_asked_again() -> None:
    swarm = Managers(LEADERLESS, None)
    await swarm.store("config", "a", b"", {})
    assert swarm.made.keys() == {"a"}


async def test_what_was_made_though_nobody_said_so_is_made() -> None:
    swarm = Managers(LATE, TAKEN)
    await swarm.store("config", "a", b"", {})
    assert swarm.made.keys() == {"a"}


async def test_a_network_that_a_manager_still_has_from_before_is_waited_for() -> None:
    swarm = Managers(STALE, None)
    await swarm.update_service("web", {})
    assert swarm.made.keys() == {"web"}
    with pytest.raises(ApiError, match="AlreadyExists"):
        await Managers(TAKEN).update_service("web", {})


async def test_a_name_that_is_taken_is_told_at_once() -> None:
    with pytest.raises(ApiError, match="AlreadyExists"):
        await Managers(TAKEN).store("config", "a", b"", {})


async def test_the_own_lock_is_known_again() -> None:
    swarm = Managers(LATE, TAKEN)
    async with alone(swarm, "p", "ship", "now", print):
        assert swarm.made.keys() == {"p_ship-lock"}
    assert not swarm.made


async def test_a_network_that_a_node_only_lists_is_made_when_a_service_asks_for_it() -> None:
    swarm = Managers(None, None)
    swarm._networks["longshore-edge"] = {"Name": "longshore-edge", "Labels": {}}
    asked: list[set[str]] = []

    async def ask() -> None:
        asked.append(set(swarm.made))
        if not swarm.made:
            raise STALE

    await swarm._on_networks(ask)
    assert asked == [set(), {"longshore-edge"}]
