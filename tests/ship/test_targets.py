"""Where a Swarm is asked for."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from longshore.docker.api.connection import resolve
from longshore.model.errors import ShoreError
from longshore.ship.swarm import Swarm
from longshore.ship.targets import reached, ssh_command


def test_ssh_forwards_the_socket_and_asks_nothing() -> None:
    command = ssh_command(urlsplit("ssh://me@server:2222"), "/tmp/s")
    assert "BatchMode=yes" in command
    assert command[-7:] == ("-p", "2222", "-l", "me", "-L", "/tmp/s:/var/run/docker.sock", "server")
    assert ssh_command(urlsplit("ssh://server/run/d.sock"), "/tmp/s")[-2:] == ("/tmp/s:/run/d.sock", "server")


async def test_each_target_that_does_not_answer_is_told() -> None:
    with pytest.raises(ShoreError) as caught:
        async with reached({"PATH": "/usr/bin:/bin"}, ["unix:///nowhere/a", "unix:///nowhere/b"], print):
            pass
    assert "unix:///nowhere/a" in caught.value.what
    assert "unix:///nowhere/b" in caught.value.what
    assert "DOCKER_HOST" not in str(caught.value)
    assert "another manager can be named too" in caught.value.hint


@pytest.mark.parametrize(
    ("environ", "targets", "what", "hint"),
    [
        ({"DOCKER_HOST": "unix:///here"}, ["tcp://127.0.0.1:9"],
         "no Docker engine answers at tcp://127.0.0.1:9: connection refused", "another manager"),
        ({"DOCKER_HOST": "unix:///here"}, [],
         "no Docker engine answers at unix:///here (DOCKER_HOST): there is no such socket", "--to ssh://user@host"),
        ({}, ["ftp://server"], "--to ftp://server: that is no address of an engine", "ssh://user@host"),
        ({"HOME": "/nowhere"}, ["server"], "docker context 'server' is not found", "docker context ls"),
    ],
)  # fmt: skip
async def test_a_target_is_told_by_its_name(environ: dict[str, str], targets: list[str], what: str, hint: str) -> None:
    with pytest.raises(ShoreError) as caught:
        async with reached({"PATH": "/usr/bin:/bin", **environ}, targets, print):
            pass
    assert caught.value.what == what
    assert hint in caught.value.hint
    assert "natively" not in caught.value.hint


async def test_a_manager_that_is_lost_later_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def enter(self: Swarm, *, init: bool = False) -> None:
        del self, init

    monkeypatch.setattr(Swarm, "enter", enter)
    with pytest.raises(ShoreError, match=r"the manager unix:///nowhere does not answer any more: there is no such"):
        async with reached({}, ["unix:///nowhere"], print) as found:
            await Swarm(resolve(found.environ)).api.version()


async def test_ssh_that_ends_says_why() -> None:
    with pytest.raises(ShoreError, match=r"ssh to 127\.0\.0\.1: .*refused"):
        async with reached({"PATH": "/usr/bin:/bin"}, ["ssh://nobody@127.0.0.1:1"], print):
            pass
