"""The first words of servers' protocols: enough to know that it is that server that answers, and none of its data."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Mapping

from longshore.model.record import record
from longshore.verify.live import Address

__all__ = ["PROTOCOLS", "Protocol", "greet", "stays_open"]


@record
class Protocol:
    """`hello` is sent (nothing where the server speaks first), `knows` says in words what an answer tells; "" when it
    is no answer of this protocol."""

    name: str
    hello: bytes
    knows: Callable[[bytes], str]


def _postgres(answer: bytes) -> str:
    return {b"S": "answers, with TLS", b"N": "answers, without TLS"}.get(answer[:1], "")


def _redis(answer: bytes) -> str:
    first = answer.split(b"\r\n")[0].decode(errors="replace")
    return f"answers {first}" if first.startswith(("+PONG", "-NOAUTH", "-DENIED", "-LOADING")) else ""


def _mongo(answer: bytes) -> str:
    return "answers hello" if len(answer) >= 16 and struct.unpack_from("<i", answer, 12)[0] in (1, 2013) else ""


def _mysql(answer: bytes) -> str:
    version = answer[5:].split(b"\0")[0].decode(errors="replace")
    return f"greets as {version}" if answer[3:5] == b"\0\x0a" else ""


def _amqp(answer: bytes) -> str:
    return "answers AMQP" if answer[:1] == b"\1" or answer[:4] == b"AMQP" else ""


def _memcached(answer: bytes) -> str:
    return answer.split(b"\r\n")[0].decode(errors="replace").lower() if answer.startswith(b"VERSION ") else ""


def _hello_of_mongo() -> bytes:
    document = b"\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0"
    section = b"\0" + struct.pack("<i", len(document) + 5) + document + b"\0"
    return struct.pack("<iiiiI", 20 + len(section), 1, 0, 2013, 0) + section


_POSTGRES = Protocol("PostgreSQL", struct.pack("!ii", 8, 80877103), _postgres)
_REDIS = Protocol("Redis", b"PING\r\n", _redis)
_MYSQL = Protocol("MySQL", b"", _mysql)

PROTOCOLS: Mapping[str, Protocol] = {
    "PostgreSQL": _POSTGRES,
    "Redis": _REDIS,
    "Valkey": _REDIS,
    "KeyDB": _REDIS,
    "MongoDB": Protocol("MongoDB", _hello_of_mongo(), _mongo),
    "MySQL": _MYSQL,
    "MariaDB": _MYSQL,
    "RabbitMQ": Protocol("AMQP", b"AMQP\0\0\x09\x01", _amqp),
    "memcached": Protocol("memcached", b"version\r\n", _memcached),
}
"""By the name that model/servers.py has for the server."""


async def greet(protocol: Protocol, address: Address, limit: float = 5.0) -> tuple[bool, str]:
    """Whether that server answers, and what happened in words."""
    try:
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            try:
                writer.write(protocol.hello)
                answer = await reader.read(512)
            finally:
                writer.close()
    except TimeoutError:
        return False, f"no answer within {limit:g} s"
    except OSError as error:
        return False, _words(error)
    if not answer:
        return False, "the connection was closed without a word"
    known = protocol.knows(answer)
    return bool(known), known or f"something else answers: {answer[:40]!r}"


async def stays_open(address: Address, seconds: float = 0.5) -> tuple[bool, str]:
    """Whether somebody takes a connection and keeps it. One that is closed at once was taken by a relay with nobody
    behind it."""
    try:
        async with asyncio.timeout(5.0):
            reader, writer = await asyncio.open_connection(address.host, address.port)
    except TimeoutError:
        return False, "no connection within 5 s"
    except OSError as error:
        return False, _words(error)
    try:
        said = await asyncio.wait_for(reader.read(64), seconds)
    except TimeoutError:
        return True, "takes connections"
    except OSError as error:
        return False, _words(error)
    finally:
        writer.close()
    return bool(said), "speaks first" if said else "the connection is closed at once: nobody listens behind the port"


def _words(error: OSError) -> str:
    text = error.strerror or str(error)
    return text.lower()
