"""The name server of each container, at 127.0.0.11 inside it: the project's names, then the host's own servers.

Only what is needed of RFC 1035: one question, answers of type A and PTR; all else about a name of ours is "no such
record"; every other name is forwarded as it came."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from longshore.model.record import record
from longshore.native.agent.tasks import Tasks

__all__ = ["NameServer", "Question", "View", "answer", "host_servers", "parse", "search_domains"]

_A, _PTR, _IN = 1, 12, 1
_TTL = 5
_RESPONSE, _RECURSION = 0x8080, 0x0100
_NO_NAME, _SERVER_FAILURE = 3, 2
_PATIENCE = 2.0


@record
class Question:
    """`raw` is the question section as it came, to be repeated in the answer."""

    id: int
    flags: int
    name: str
    type: int
    raw: bytes


@record
class View:
    """What one container can look up. `addresses` gives a name's addresses, none for a service that does not run, None
    for a name that is not ours; `names` the name of an address of ours; `servers` where other questions go."""

    addresses: Callable[[str], tuple[str, ...] | None]
    names: Callable[[str], str | None]
    servers: tuple[str, ...]


def parse(packet: bytes) -> Question | None:
    """The question of a packet; None when it is not one plain question."""
    if len(packet) < 17:
        return None
    identity, flags, questions = struct.unpack_from(">HHH", packet)
    if questions != 1 or flags & 0x8000:
        return None
    labels, offset = [], 12
    while offset < len(packet) and packet[offset]:
        length = packet[offset]
        if length > 63 or offset + length + 5 > len(packet):
            return None
        labels.append(packet[offset + 1 : offset + 1 + length].decode("ascii", "replace"))
        offset += length + 1
    if offset + 5 > len(packet):
        return None
    kind = struct.unpack_from(">H", packet, offset + 1)[0]
    return Question(identity, flags, ".".join(labels).lower(), kind, packet[12 : offset + 5])


def answer(question: Question, view: View) -> bytes | None:
    """The answer from the project's own names; None when others must be asked."""
    if question.type == _PTR and question.name.endswith(".in-addr.arpa"):
        address = ".".join(reversed(question.name.removesuffix(".in-addr.arpa").split(".")))
        name = view.names(address)
        return None if name is None else _packet(question, [(_PTR, _encode(name))])
    addresses = view.addresses(question.name)
    if addresses is None:
        return None
    shuffled = random.sample(addresses, len(addresses))
    records = [(_A, socket.inet_aton(address)) for address in shuffled] if question.type == _A else []
    return _packet(question, records, 0 if addresses else _NO_NAME)


def failure(question: Question, code: int = _SERVER_FAILURE) -> bytes:
    return _packet(question, [], code)


def _packet(question: Question, records: list[tuple[int, bytes]], code: int = 0) -> bytes:
    flags = _RESPONSE | (question.flags & _RECURSION) | code
    head = struct.pack(">HHHHHH", question.id, flags, 1, len(records), 0, 0)
    body = b"".join(struct.pack(">HHHIH", 0xC00C, kind, _IN, _TTL, len(data)) + data for kind, data in records)
    return head + question.raw + body


def _encode(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def host_servers(path: str = "/etc/resolv.conf") -> tuple[str, ...]:
    """The IPv4 and IPv6 name servers that the host itself asks."""
    return tuple(words[1] for words in _lines(path) if words[0] == "nameserver" and len(words) > 1)


def search_domains(path: str = "/etc/resolv.conf") -> tuple[str, ...]:
    found = [words[1:] for words in _lines(path) if words[0] in ("search", "domain")]
    return tuple(found[-1]) if found else ()


def _lines(path: str) -> list[list[str]]:
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line.split() for line in text.splitlines() if line.split()]


class NameServer:
    """Answers on one container's two sockets until closed."""

    def __init__(self, udp: int, tcp: int, view: View) -> None:
        self._udp, self._tcp = socket.socket(fileno=udp), socket.socket(fileno=tcp)
        self._view = view
        self._tasks = Tasks()
        self._loop = asyncio.get_running_loop()
        for made in (self._udp, self._tcp):
            made.setblocking(False)
        self._loop.add_reader(self._udp.fileno(), self._packets)
        self._loop.add_reader(self._tcp.fileno(), self._connections)

    def close(self) -> None:
        for made in (self._udp, self._tcp):
            self._loop.remove_reader(made.fileno())
            made.close()
        self._tasks.cancel()

    def _packets(self) -> None:
        for _ in range(64):
            try:
                packet, client = self._udp.recvfrom(4096)
            except OSError:
                return
            question = parse(packet)
            if question is None:
                continue
            ours = answer(question, self._view)
            if ours is None:
                self._tasks.begin(self._forward(packet, question, client))
            else:
                self._send(ours, client)

    def _send(self, packet: bytes, client: tuple[str, int]) -> None:
        with suppress(OSError):
            self._udp.sendto(packet, client)

    async def _forward(self, packet: bytes, question: Question, client: tuple[str, int]) -> None:
        for server in self._view.servers:
            with suppress(OSError, TimeoutError):
                self._send(await asyncio.wait_for(_ask(server, packet), _PATIENCE), client)
                return
        self._send(failure(question), client)

    def _connections(self) -> None:
        with suppress(OSError):
            connection, _ = self._tcp.accept()
            connection.setblocking(False)
            self._tasks.begin(self._talk(connection))

    async def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, TimeoutError):
            packet = await asyncio.wait_for(_receive(self._loop, connection), _PATIENCE * 2)
            question = parse(packet)
            if question is None:
                return
            reply = answer(question, self._view) or await self._forward_tcp(packet, question)
            await self._loop.sock_sendall(connection, struct.pack(">H", len(reply)) + reply)

    async def _forward_tcp(self, packet: bytes, question: Question) -> bytes:
        for server in self._view.servers:
            with suppress(OSError, TimeoutError):
                return await asyncio.wait_for(_ask_tcp(server, packet), _PATIENCE * 2)
        return failure(question)


async def _ask(server: str, packet: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect((server, 53))
        await loop.sock_sendall(asking, packet)
        while True:
            reply = await loop.sock_recv(asking, 65535)
            if reply[:2] == packet[:2]:
                return reply


async def _ask_tcp(server: str, packet: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)
        await loop.sock_connect(asking, (server, 53))
        await loop.sock_sendall(asking, struct.pack(">H", len(packet)) + packet)
        return await _receive(loop, asking)


async def _receive(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> bytes:
    """One message with its two bytes of length."""
    data = b""
    while len(data) < 2 or len(data) < 2 + struct.unpack_from(">H", data)[0]:
        chunk = await loop.sock_recv(connection, 65535)
        if not chunk:
            raise ConnectionError("the other side hung up")
        data += chunk
    return data[2:]
