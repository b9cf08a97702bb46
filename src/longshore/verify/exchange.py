"""HTTP/1.1 exchanges with a service, from this machine, as evidence keeps them. No proxy stands between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

import h11

from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.verify.live import Address
from longshore.verify.result import Evidence

__all__ = ["Exchange", "NoHttp", "ask", "read_answer", "request_bytes"]

MOST = 4 << 20
"""Bytes of an answer's body that are read; the rest is left."""

SHOWN = 800
"""Characters of a body that evidence keeps."""


class NoHttp(Exception):
    """What answered does not speak HTTP, or nothing answered; the text says which."""


@record
class Exchange:
    """A request and its answer; header names are in lower case. `seconds` until all of it was there."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    reason: str = ""

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def kind(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def evidence(self, title: str = "") -> Evidence:
        head = [f"{self.method} {self.url}", f"{self.status} {self.reason}".rstrip()]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        shown = self.text[:SHOWN] + ("…" if len(self.text) > SHOWN else "")
        return Evidence(title or f"{self.method} {self.url}", "\n".join([*head, "", shown]).rstrip())


async def ask(
    address: Address, path: str = "/", *, method: str = "GET", headers: Mapping[str, str] = EMPTY, body: bytes = b"",
    limit: float = 10.0,
) -> Exchange:  # fmt: skip
    """One exchange on a connection of its own. Raises NoHttp."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            try:
                return await _exchange(reader, writer, address, path, method, headers, body, began)
            finally:
                writer.close()
    except TimeoutError:
        raise NoHttp(f"no answer within {limit:g} s") from None
    except (OSError, EOFError) as error:
        raise NoHttp(f"{str(error).lower() or 'the connection was closed'}") from None


def request_bytes(address: Address, method: str, path: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of a request, for those who send its body in their own time."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {_host(address)}", *(f"{k}: {v}" for k, v in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _host(address: Address) -> str:
    return f"localhost:{address.port}"


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: Address, path: str, method: str,
    headers: Mapping[str, str], body: bytes, began: float,
) -> Exchange:  # fmt: skip
    sent = {"Host": _host(address), "User-Agent": "shore-verify", "Accept": "*/*", "Connection": "close"}
    sent |= {name.title(): value for name, value in headers.items()}
    if body or method in ("POST", "PUT", "PATCH"):
        sent["Content-Length"] = str(len(body))
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())])
    writer.write(head.encode() + b"\r\n\r\n" + body)
    await writer.drain()
    return await read_answer(reader, method, f"http://{_host(address)}{path}", began)


async def read_answer(reader: asyncio.StreamReader, method: str, url: str, began: float) -> Exchange:
    """The answer to a request of that method. Raises EOFError where the connection ends too soon, and NoHttp."""
    try:
        return await _read_answer(reader, method, url, began)
    except h11.RemoteProtocolError as error:
        closed = "ConnectionClosed" in str(error) or "closed" in str(error)
        raise NoHttp("the connection was closed" if closed else f"no HTTP: {error}") from None


async def _read_answer(reader: asyncio.StreamReader, method: str, url: str, began: float) -> Exchange:
    there = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=1 << 20)
    there.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))  # what an answer is, depends on it
    answer: h11.Response | None = None
    content = b""
    while True:
        event = there.next_event()
        if event is h11.NEED_DATA:
            there.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Response):
            answer = event
        elif isinstance(event, h11.Data):
            content += bytes(event.data)
        if isinstance(event, h11.EndOfMessage) or len(content) > MOST:
            break
        if isinstance(event, h11.ConnectionClosed):
            raise EOFError
    assert answer is not None
    named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    reason = bytes(answer.reason).decode("latin-1")
    return Exchange(method, url, answer.status_code, named, content[:MOST], time.monotonic() - began, reason)
