"""Where a Swarm is asked for."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from longshore.model.errors import ShoreError
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
    assert caught.value.hint


async def test_ssh_that_ends_says_why() -> None:
    with pytest.raises(ShoreError, match=r"ssh to 127\.0\.0\.1: .*refused"):
        async with reached({"PATH": "/usr/bin:/bin"}, ["ssh://nobody@127.0.0.1:1"], print):
            pass
