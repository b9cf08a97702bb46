"""HTTP/1.1 over the engine's socket: h11 does the protocol, asyncio the bytes. One request, one connection.

aiodocker would do this too, but importing it (aiohttp) takes 250 ms, which every `shore ps` would pay; h11 takes 15."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import h11

from longshore.docker.api.connection import Endpoint
from longshore.docker.api.errors import api_error, cannot_connect, went_away

__all__ = ["Body", "Hijacked", "Http", "Reply"]

CHUNK = 64 * 1024
Body = bytes | AsyncIterator[bytes] | None


class Hijacked:
    """A connection that became a plain two-way stream (attach, exec). `left` is what had already arrived."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: bytes, kind: str) -> None:
        self._reader, self.writer, self._left, self.kind = reader, writer, left, kind

    async def read(self) -> bytes:
        """The next bytes; b"" at the end, also when the engine cuts the line."""
        if self._left:
            left, self._left = self._left, b""
            return left
        with contextlib.suppress(ConnectionError):
            return await self._reader.read(CHUNK)
        return b""

    def end_input(self) -> None:
        """Tell the other side that nothing more comes, and keep reading."""
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.write_eof()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class Reply:
    """A response whose head has arrived; the body is read as it comes."""

    def __init__(self, exchange: _Exchange, status: int, headers: Mapping[str, str]) -> None:
        self._exchange, self.status, self.headers = exchange, status, headers

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._exchange.next()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                return

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])

    async def objects(self) -> AsyncIterator[dict[str, Any]]:
        """A stream of JSON objects, one a line."""
        rest = b""
        async for chunk in self.chunks():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    yield json.loads(line)
        if rest.strip():
            yield json.loads(rest)


class _Exchange:
    """One request and its answer on one connection."""

    def __init__(self, endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.endpoint, self.reader, self.writer = endpoint, reader, writer
        self.state = h11.Connection(h11.CLIENT)

    async def send(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> None:
        try:
            await self._send(method, target, headers, body)
        except (ConnectionError, BrokenPipeError):
            # The engine may answer (an error) before it has read the whole body; the answer says why.
            self.state.send_failed()

    async def _send(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> None:
        self._put(h11.Request(method=method, target=target, headers=list(headers.items())))
        if isinstance(body, bytes):
            self._put(h11.Data(data=body))
        elif body is not None:
            async for chunk in body:
                self._put(h11.Data(data=chunk))
                await self.writer.drain()
        self._put(h11.EndOfMessage())
        await self.writer.drain()

    def _put(self, event: h11.Event) -> None:
        data = self.state.send(event)
        if data:
            self.writer.write(data)

    async def next(self) -> Any:
        """h11's next event, reading as much as it takes."""
        try:
            while True:
                event = self.state.next_event()
                if event is not h11.NEED_DATA:
                    return event
                self.state.receive_data(await self.reader.read(CHUNK))
        except (ConnectionError, h11.RemoteProtocolError) as error:
            raise went_away(self.endpoint) from error

    async def head(self) -> h11.Response | h11.InformationalResponse:
        """The response's head; 101 counts, 100 does not."""
        while True:
            event = await self.next()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return event
            if isinstance(event, h11.ConnectionClosed):
                raise went_away(self.endpoint)

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class Http:
    """Requests to one engine."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    @contextlib.asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Reply]:
        """Ask, and read the answer inside the block. `body` is JSON unless it is bytes or an iterator of bytes. A
        status of 400 and above raises ApiError."""
        exchange = await self._open()
        try:
            all_headers, data = _encode(body, headers or {})
            await exchange.send(method, _target(path, query), all_headers, data)
            head = await exchange.head()
            reply = Reply(exchange, head.status_code, _plain(head))
            if head.status_code >= 400:
                raise api_error(head.status_code, await reply.read())
            yield reply
        finally:
            await exchange.close()

    async def hijack(self, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> Hijacked:
        """Ask the engine to turn the connection into a plain stream."""
        exchange = await self._open()
        try:
            headers, data = _encode(body if body is not None else b"", {"Connection": "Upgrade", "Upgrade": "tcp"})
            await exchange.send("POST", _target(path, query), headers, data)
            head = await exchange.head()
            if head.status_code >= 400:
                raise api_error(head.status_code, await Reply(exchange, head.status_code, {}).read())
        except BaseException:
            await exchange.close()
            raise
        left, _ = exchange.state.trailing_data
        return Hijacked(exchange.reader, exchange.writer, left, _plain(head).get("content-type", ""))

    async def _open(self) -> _Exchange:
        endpoint = self.endpoint
        try:
            if endpoint.kind == "unix":
                return _Exchange(endpoint, *await asyncio.open_unix_connection(endpoint.path))
            context = _ssl_context(endpoint)
            return _Exchange(endpoint, *await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context))
        except OSError as error:
            raise cannot_connect(endpoint, error) from error


def _encode(body: Any, headers: Mapping[str, str]) -> tuple[dict[str, str], Body]:
    found = {"Host": "docker", **headers}
    if body is None:
        return found, None
    if isinstance(body, AsyncIterator):
        return {"Transfer-Encoding": "chunked", "Content-Type": "application/x-tar", **found}, body
    kind = "application/x-tar"
    if not isinstance(body, bytes):
        body, kind = json.dumps(body).encode(), "application/json"
    return {"Content-Type": kind, "Content-Length": str(len(body)), **found}, body


def _target(path: str, query: Mapping[str, Any] | None) -> str:
    """Filters and other structures go as JSON, truth as 1; what is None is left out."""
    pairs = [(key, _text(value)) for key, value in (query or {}).items() if value is not None]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _plain(head: h11.Response | h11.InformationalResponse) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in head.headers}


def _ssl_context(endpoint: Endpoint) -> Any:
    if endpoint.tls is None:
        return None
    import ssl

    context = ssl.create_default_context(cafile=endpoint.tls.ca or None)
    if not endpoint.tls.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if endpoint.tls.cert and endpoint.tls.key:
        context.load_cert_chain(endpoint.tls.cert, endpoint.tls.key)
    return context
