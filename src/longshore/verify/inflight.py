"""A request that is under way: begun, left unfinished while something else happens, and then ended."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self

from longshore.verify.exchange import Exchange, NoHttp, read_answer, request_bytes
from longshore.verify.live import Address
from longshore.verify.settings import Slow

__all__ = ["InFlight"]

AT_IT = 0.3
"""Seconds after which a request that is not answered counts as under way."""
LATER = 0.7
"""Seconds between the signal and the rest of a body that was sent by half."""


class InFlight:
    """One request. A body goes out by half at first: its server is at it until the rest comes."""

    def __init__(self, address: Address, slow: Slow) -> None:
        self._address, self._slow = address, slow
        self._body = slow.body.encode()
        self._began = 0.0

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._address.host, self._address.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def begin(self) -> str:
        """Send it, or its first half; what came back at once, "" when it is under way."""
        slow, half = self._slow, len(self._body) // 2
        headers = [("Connection", "close"), ("Accept", "*/*")]
        if self._body:
            kind = "application/json" if slow.body[:1] in "[{" else "application/x-www-form-urlencoded"
            headers += [("Content-Type", kind), ("Content-Length", str(len(self._body)))]
        self._began = time.monotonic()
        self._writer.write(request_bytes(self._address, slow.method, slow.path, headers) + self._body[:half])
        await self._writer.drain()
        await asyncio.sleep(AT_IT)
        buffered = bytes(self._reader._buffer)  # type: ignore[attr-defined]
        return buffered.split(b"\r\n")[0].decode(errors="replace")

    async def end(self, within: float) -> Exchange:
        """The rest of it, and the answer. Raises NoHttp where none comes."""
        try:
            async with asyncio.timeout(within):
                if self._body:
                    await asyncio.sleep(LATER)
                    self._writer.write(self._body[len(self._body) // 2 :])
                    await self._writer.drain()
                url = f"http://{self._address}{self._slow.path}"
                return await read_answer(self._reader, self._slow.method, url, self._began)
        except TimeoutError:
            raise NoHttp(f"no answer within {within:g} s") from None
        except (OSError, EOFError) as error:
            raise NoHttp(f"the connection was closed ({str(error).lower() or 'without a word'})") from None
