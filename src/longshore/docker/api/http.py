"""HTTP/1.1 over the engine's socket. One request, one connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

from longshore.docker.api.connection import Endpoint
from longshore.docker.api.errors import api_error, cannot_connect, went_away
from longshore.engine.http.exchange import CHUNK, Body, Exchange, Reply, plain_headers

__all__ = ["Hijacked", "Http"]


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
            reply = Reply(exchange, head.status_code, plain_headers(head))
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
        return Hijacked(exchange.reader, exchange.writer, left, plain_headers(head).get("content-type", ""))

    async def _open(self) -> Exchange:
        endpoint = self.endpoint
        try:
            if endpoint.kind == "unix":
                reader, writer = await asyncio.open_unix_connection(endpoint.path)
            else:
                context = _ssl_context(endpoint)
                reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context)
        except OSError as error:
            raise cannot_connect(endpoint, error) from error
        return Exchange(reader, writer, lambda: went_away(endpoint))


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
    """Filters and other structures go as JSON, truth as 1, each of several values by itself; what is None is left
    out."""
    pairs = [
        (key, _text(one))
        for key, value in (query or {}).items()
        for one in (value if isinstance(value, tuple) else (value,)) if one is not None
    ]  # fmt: skip
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


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
