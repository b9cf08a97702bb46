"""One request and its answer on one connection: h11 does the protocol, asyncio the bytes.

aiohttp would do this too, but importing it takes 250 ms, which every `shore ps` would pay; h11 takes 15."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import IO, TYPE_CHECKING, Any

import h11

if TYPE_CHECKING:
    import asyncio

__all__ = ["CHUNK", "Body", "Exchange", "Reply", "plain_headers"]

CHUNK = 64 * 1024
Body = bytes | AsyncIterator[bytes] | None


class Exchange:
    """`gone` makes the error to raise when the other side closes or breaks the protocol in the middle."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: Callable[[], Exception],
        chunk: int = CHUNK,
    ) -> None:  # fmt: skip
        self.reader, self.writer, self._gone, self._chunk = reader, writer, gone, chunk
        self.state = h11.Connection(h11.CLIENT)

    async def send(self, method: str, target: str, headers: Mapping[str, str], body: Body) -> None:
        try:
            await self._send(method, target, headers, body)
        except (ConnectionError, BrokenPipeError):
            # The other side may answer (an error) before it has read the whole body; the answer says why.
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
                self.state.receive_data(await self.reader.read(self._chunk))
        except (ConnectionError, h11.RemoteProtocolError) as error:
            raise self._gone() from error

    async def head(self) -> h11.Response | h11.InformationalResponse:
        """The response's head; 101 counts, 100 does not."""
        while True:
            event = await self.next()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return event
            if isinstance(event, h11.ConnectionClosed):
                raise self._gone()

    def again(self) -> bool:
        """Be ready for another request on the same connection; False where it cannot be used any more."""
        if self.state.our_state is h11.DONE and self.state.their_state is h11.DONE:
            self.state.start_next_cycle()
            return not self.reader.at_eof()
        return False

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class Reply:
    """A response whose head has arrived; the body is read as it comes."""

    def __init__(self, exchange: Exchange, status: int, headers: Mapping[str, str]) -> None:
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

    async def save(self, file: IO[bytes]) -> None:
        """Write the body into a file."""
        async for chunk in self.chunks():
            file.write(chunk)

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


def plain_headers(head: h11.Response | h11.InformationalResponse) -> dict[str, str]:
    """By their names in small letters."""
    return {name.decode(): value.decode("latin-1") for name, value in head.headers}
