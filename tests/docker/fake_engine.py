"""A fake engine: a unix socket that answers a few paths as told, and can die in the middle."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Answer = tuple[int, Any]
CUT = "cut"


@dataclass
class FakeEngine:
    """`answers` by "METHOD /path" without version and query; CUT closes the connection in the middle of the answer.
    `version` None leaves the header out, as something that is no engine does. `asked` holds what came, `done` what was
    answered, with those of `slow` so many seconds later."""

    version: str | None = "1.41"
    answers: Mapping[str, Answer | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slow: Mapping[str, float] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def at(self, path: Path) -> AsyncIterator[dict[str, str]]:
        """Serve at the socket; yields the environment that leads there."""
        server = await asyncio.start_unix_server(self._serve, path)
        async with server:
            yield {"DOCKER_HOST": f"unix://{path}", "HOME": str(path.parent), "XDG_STATE_HOME": str(path.parent)}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = (await reader.readline()).decode().split()
        while (await reader.readline()).strip():
            pass
        path = target.split("?")[0]
        self.asked.append(f"{method} {target}")
        if path == "/_ping":
            header = f"Api-Version: {self.version}\r\n" if self.version else ""
            writer.write(f"HTTP/1.1 200 OK\r\nServer: fake\r\n{header}Content-Length: 2\r\n\r\nOK".encode())
        else:
            key = f"{method} /{path.split('/', 2)[2]}"
            await asyncio.sleep(self.slow.get(key, 0))
            self._answer(writer, key)
            self.done.append(key)
        with contextlib.suppress(OSError):
            await writer.drain()
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, key: str) -> None:
        answer = self.answers.get(key, (404, {"message": f"no such thing: {key}"}))
        if isinstance(answer, str):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[")
            return
        status, body = answer
        data = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)
