"""The Engine API as calls: versions, JSON, and nothing of Compose."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from longshore.docker.api.connection import Endpoint
from longshore.docker.api.errors import ApiError
from longshore.docker.api.http import Hijacked, Http
from longshore.docker.api.versions import ApiVersion, negotiate
from longshore.engine.http.exchange import Reply

__all__ = ["Api"]


class Api:
    """One engine's API at the version both sides know; asks for that version once."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._http = Http(endpoint)
        self._version: ApiVersion | None = None
        self._asking = asyncio.Lock()
        self._podman: bool | None = None

    async def version(self) -> ApiVersion:
        """The API version to speak; raises when the engine is older than Longshore needs."""
        async with self._asking:
            if self._version is None:
                async with self._http.stream("GET", "/_ping") as reply:
                    self._version = negotiate(reply.headers.get("api-version", ""), reply.headers)
            return self._version

    async def is_podman(self) -> bool:
        """Whether it is Podman's service that answers, which has Docker's API and not all of its habits; asked once."""
        if self._podman is None:
            try:
                found = await self.get("/version")
            except ApiError:
                return False
            names = (str(part.get("Name", "")) for part in found.get("Components") or ())
            self._podman = any("podman" in name.lower() for name in names)
        return self._podman

    async def get(self, path: str, /, **query: Any) -> Any:
        return await self._call("GET", path, query)

    async def post(self, path: str, body: Any = None, /, **query: Any) -> Any:
        return await self._call("POST", path, query, body)

    async def put(self, path: str, body: bytes | AsyncIterator[bytes], /, **query: Any) -> Any:
        return await self._call("PUT", path, query, body)

    async def delete(self, path: str, /, **query: Any) -> Any:
        return await self._call("DELETE", path, query)

    async def find(self, path: str, /, **query: Any) -> Any:
        """GET, with None for what is not there."""
        try:
            return await self.get(path, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def stream(
        self,
        method: str,
        path: str,
        /,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> AbstractAsyncContextManager[Reply]:
        """A long answer, to be read as it comes."""
        return self._http.stream(method, await self._path(path), query=query, body=body, headers=headers)

    async def hijack(self, path: str, body: Any = None, /, **query: Any) -> Hijacked:
        return await self._http.hijack(await self._path(path), query=query, body=body)

    async def _call(self, method: str, path: str, query: Mapping[str, Any], body: Any = None) -> Any:
        async with self._http.stream(method, await self._path(path), query=query, body=body) as reply:
            data = await reply.read()
        return json.loads(data) if data and "json" in reply.headers.get("content-type", "") else data

    async def _path(self, path: str) -> str:
        return f"/v{await self.version()}{path}"
