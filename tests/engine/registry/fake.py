"""A registry that does what a test wants: tokens, redirects, ranges, and all kinds of bad luck."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import h11

from tests.images import TestImage


@dataclass
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Answer:
    """`cut`: so many bytes of the body are sent, then the connection ends."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = -1


Misbehave = Callable[["FakeRegistry", Request], Answer | None]


class FakeRegistry:
    """`misbehave` may answer in place of it; `login` (user, password) is what a token is given for; `tokens` the token
    that it wants, "" for none."""

    def __init__(self) -> None:
        self.manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[Request] = []
        self.misbehave: Misbehave | None = None
        self.token = ""
        self.login: tuple[str, str] | None = None
        self.port = 0
        self.ranges = True

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add(self, image: TestImage, path: str = "app", tag: str = "1") -> str:
        """Its reference."""
        self.manifests[path, tag] = self.manifests[path, image.digest] = (image.manifest, image.media)
        self.blobs |= image.blobs
        return f"{self.host}/{path}:{tag}"

    def asked(self, what: str) -> list[Request]:
        return [request for request in self.requests if what in request.path]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        own = self.misbehave(self, request) if self.misbehave else None
        if own is not None:
            return own
        if request.path == "/token":
            return self._give_token(request)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            scheme = f'Bearer realm="http://{self.host}/token",service="fake",scope="repository:app:pull"'
            return Answer(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', {"www-authenticate": scheme})
        found = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/([^/]+)", request.path)
        if found is None:
            return Answer(200 if request.path == "/v2/" else 404, b"{}")
        path, kind, name = found.groups()
        return self._manifest(request, path, name) if kind == "manifests" else self._blob(request, name)

    def _give_token(self, request: Request) -> Answer:
        if self.login:
            pair = base64.b64encode(":".join(self.login).encode()).decode()
            if request.headers.get("authorization") != f"Basic {pair}" and b"refresh_token=" not in request.body:
                return Answer(401, b'{"errors":[{"message":"who are you?"}]}')
        return Answer(200, b'{"token":"%s"}' % self.token.encode(), {"content-type": "application/json"})

    def _manifest(self, request: Request, path: str, name: str) -> Answer:
        if (path, name) not in self.manifests:
            return Answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
        from tests.images import digest_of

        body, media = self.manifests[path, name]
        headers = {"content-type": media, "docker-content-digest": digest_of(body)}
        return Answer(200, body, headers)

    def _blob(self, request: Request, name: str) -> Answer:
        if name not in self.blobs:
            return Answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
        return self.ranged(request, self.blobs[name])

    def ranged(self, request: Request, body: bytes) -> Answer:
        match = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if match is None or not self.ranges:
            return Answer(200, body)
        start = int(match[1])
        where = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Answer(206, body[start:], {"content-range": where})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state = h11.Connection(h11.SERVER)
        with contextlib.suppress(ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            while await self._one(state, reader, writer):
                state.start_next_cycle()
        writer.close()

    async def _one(self, state: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head, body = None, b""
        while True:
            event = state.next_event()
            if event is h11.NEED_DATA:
                state.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        assert head is not None
        path, _, query = head.target.decode().partition("?")
        headers = {name.decode(): value.decode() for name, value in head.headers}
        request = Request(head.method.decode(), path, query, headers, body)
        answer = self.answer(request)
        given = {"content-length": str(len(answer.body)), **answer.headers}
        writer.write(state.send(h11.Response(status_code=answer.status, headers=list(given.items()))) or b"")
        if request.method != "HEAD":
            sent = answer.body if answer.cut < 0 else answer.body[: answer.cut]
            if answer.cut >= 0:
                writer.write(sent)
                await writer.drain()
                writer.close()
                return False
            writer.write(state.send(h11.Data(data=sent)) or b"")
        writer.write(state.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        return state.our_state is h11.DONE and state.their_state is h11.DONE


@contextlib.asynccontextmanager
async def fake_registry() -> AsyncIterator[FakeRegistry]:
    registry = FakeRegistry()
    server = await asyncio.start_server(registry.serve, "127.0.0.1", 0)
    registry.port = server.sockets[0].getsockname()[1]
    try:
        yield registry
    finally:
        server.close()
        await server.wait_closed()
