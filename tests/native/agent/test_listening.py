"""What the kernel tells of a service that begins to listen."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from longshore.native.agent.health.listening import ListeningSigns
from longshore.native.kernel.sockets import SOCKET_DIAGNOSIS, listening


@pytest.fixture
def diagnosis() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, SOCKET_DIAGNOSIS) as made:
        yield made


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_sockets_that_listen(diagnosis: socket.socket, family: int, address: str) -> None:
    with socket.socket(family) as server:
        try:
            server.bind((address, 0))
        except OSError as error:
            pytest.skip(f"no {address} on this machine: {error}")
        place = (address, server.getsockname()[1])
        assert place not in listening(diagnosis)
        server.listen()
        assert place in listening(diagnosis)
    assert place not in listening(diagnosis)


async def test_a_wait_ends_when_something_begins_to_listen(diagnosis: socket.socket) -> None:
    signs = ListeningSigns(diagnosis, serves=True)
    await signs.change(0.001)  # what listens on this machine already
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        asyncio.get_running_loop().call_later(0.05, server.listen)
        began = time.monotonic()
        await signs.change(30)
        assert time.monotonic() - began < 20
    assert not signs.silent


async def test_a_wait_ends_without_signs_too(diagnosis: socket.socket) -> None:
    signs = ListeningSigns(diagnosis, serves=False)
    await signs.change(0.001)
    for _ in range(20):  # something else on this machine may begin to listen meanwhile, which is a sign
        began = time.monotonic()
        await signs.change(0.05)
        if time.monotonic() - began >= 0.05:
            break
    else:
        pytest.fail("every wait ended before its time")
    assert not signs.silent


async def test_a_port_that_others_use_is_early_until_it_is_open(diagnosis: socket.socket) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        signs = ListeningSigns(diagnosis, serves=True, offers=server.getsockname()[1])
        await signs.change(0.001)
        assert signs.early
        server.listen()
        await signs.change(1)
        assert not signs.early
    assert not ListeningSigns(diagnosis, serves=True).early
