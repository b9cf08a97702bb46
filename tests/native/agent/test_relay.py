"""Relays: bytes both ways, half-closed ends, and no socket closed while the loop still watches it."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

from longshore.native.agent.network.relay import Relay, join


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of one TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
    for end in (one, other):
        end.setblocking(False)
    return one, other


def reset(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


async def test_bytes_go_both_ways_and_an_end_is_passed_on() -> None:
    loop = asyncio.get_running_loop()
    client, near = pair()
    far, server = pair()
    relay = asyncio.create_task(join(near, far))
    await loop.sock_sendall(client, b"question")
    client.shutdown(socket.SHUT_WR)
    assert await loop.sock_recv(server, 100) == b"question"
    assert await loop.sock_recv(server, 100) == b""
    await loop.sock_sendall(server, b"answer")
    server.close()
    assert await loop.sock_recv(client, 100) == b"answer"
    await asyncio.wait_for(relay, 5)
    client.close()
    near.close()


async def test_a_broken_connection_leaves_no_watched_descriptor_behind() -> None:
    """One side breaks off while the relay waits for the other: the numbers of both are then anybody's."""
    loop = asyncio.get_running_loop()
    for _ in range(20):
        client, near = pair()
        far, server = pair()
        relay = asyncio.create_task(join(near, far))
        await asyncio.sleep(0)
        reset(client)
        with suppress(ConnectionError):
            await asyncio.wait_for(relay, 5)
        near.close()
        server.close()
        one, other = pair()  # has the numbers that are free now
        received = asyncio.create_task(loop.sock_recv(one, 10))
        await asyncio.sleep(0)
        await loop.sock_sendall(other, b"x")
        assert await asyncio.wait_for(received, 5) == b"x"
        one.close()
        other.close()


async def test_what_cannot_be_reached_is_refused_to_the_client() -> None:
    relay = Relay()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)

    async def connect() -> socket.socket:
        raise ConnectionRefusedError

    relay.publish_tcp(listener, connect)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    relay.close()


async def test_datagrams_find_their_way_back_to_each_client() -> None:
    loop = asyncio.get_running_loop()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.setblocking(False)
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    listener.setblocking(False)
    address = listener.getsockname()

    async def connect() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.connect(server.getsockname())
        return made

    relay = Relay()
    await relay.publish_udp(listener, connect)
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for number, client in enumerate(clients):
        client.setblocking(False)
        await loop.sock_sendto(client, f"{number}".encode(), address)
        data, source = await loop.sock_recvfrom(server, 100)
        await loop.sock_sendto(server, data * 2, source)
    for number, client in enumerate(clients):
        assert await asyncio.wait_for(loop.sock_recv(client, 100), 5) == f"{number}{number}".encode()
        client.close()
    relay.close()
    await asyncio.sleep(0.05)
    server.close()
