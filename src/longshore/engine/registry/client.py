"""What one command asks of registries: manifests and blobs; with a token where one is wanted, again where it helps."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

from longshore.engine.http.exchange import Body, Reply
from longshore.engine.registry.challenge import Challenge, parse_challenges, token_query
from longshore.engine.registry.credentials import Login, Trouble, keyring
from longshore.engine.registry.errors import Broken, RegistryError, denied, message_in, refusal, unreachable
from longshore.engine.registry.manifests import (
    ACCEPT,
    DIGEST,
    MOST_MANIFEST,
    Descriptor,
    Index,
    Manifest,
    Platform,
    choose,
    digest_of,
    own_platform,
    parse_manifest,
)
from longshore.engine.registry.settings import Settings, Target, read_settings, targets
from longshore.engine.registry.transport import STALL_SECONDS, Transport
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.reference import HUB, Reference

__all__ = ["PULL", "PUSH", "Client", "Found", "Head", "pieces", "read_at_most"]

T = TypeVar("T")
PULL, PUSH = "pull", "pull,push"
TRIES = 4
MOST_WAIT = 60.0
"""Seconds that a registry may ask us to wait, as long as people would wait for it."""
MOST_CONFIG = 16 << 20
MOST_ERROR = 64 << 10
MOST_DEPTH = 4
"""How deep indexes may lie in indexes."""


@record
class Head:
    """What a registry says of a reference without giving it out: the digest of its manifest or index."""

    digest: str
    target: Target


@record(hidden=("raw",))
class Found:
    """An image as a registry has it: `digest` is what its reference means there (of an index where there is one),
    `raw` the manifest's bytes, `own` their digest, and `target` who gave it."""

    digest: str
    own: str
    raw: bytes
    manifest: Manifest
    target: Target


class Keys(Protocol):
    """Who knows logins."""

    async def find(self, registry: str, image: str = "") -> Login | None: ...


class Client:
    """For one command. `pause` is how it waits."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        environ: Mapping[str, str],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.settings, self._keys, self.pause = settings, keys, pause
        self._transport = Transport(settings, environ)
        self._tokens: dict[tuple[str, str], str] = {}
        self._basic: dict[str, str] = {}
        self._signing: dict[str, asyncio.Lock] = {}

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Client:
        """By what stands on this machine. RegistryError for settings that cannot be understood."""
        return cls(read_settings(environ), keyring(environ), environ)

    def address(self, target: Target) -> str:
        """Where its API begins."""
        return self._transport.base(target.host)

    async def close(self) -> None:
        await self._transport.close()

    async def greet(self, target: Target) -> None:
        """Whether the registry lets us in. RegistryError where it does not, or is none."""
        await self._transport.settle(target.host, insecure=target.insecure)
        async with self.request("GET", target, f"{self._transport.base(target.host)}/v2/") as reply:
            if reply.status != 200:
                raise refusal(target.name, "API", reply.status, b"")

    # what a reference means

    async def head(self, reference: Reference) -> Head:
        """Ask each target once. RegistryError where none has it."""
        return await self._first(reference, self._head)

    async def _head(self, target: Target, reference: Reference) -> Head:
        url = f"/manifests/{_version(reference)}"
        async with self.request("HEAD", target, url, {"Accept": ACCEPT}, tries=1) as reply:
            _check(reply.status, b"", target, reference)
            return Head(reply.headers.get("docker-content-digest", ""), target)

    async def find(self, reference: Reference, platform: Platform | None = None) -> Found:
        """The image for this machine's platform, or for the one given. RegistryError where nobody has it."""

        async def one(target: Target, reference: Reference) -> Found:
            return await self._found(target, reference, platform or own_platform())

        return await self._first(reference, one)

    async def _first(self, reference: Reference, ask: Callable[[Target, Reference], Awaitable[T]]) -> T:
        """What the first target gives that has it; the last one's failure counts, for it is the registry itself."""
        *mirrors, last = targets(reference, self.settings)
        for target in mirrors:
            with contextlib.suppress(RegistryError):
                return await ask(target, reference)
        return await ask(last, reference)

    async def _found(self, target: Target, reference: Reference, platform: Platform) -> Found:
        name = _name(reference)
        digest, body, media = await self.manifest(target, _version(reference), name)
        found, own = parse_manifest(body, media, name), digest
        depth = 0
        while isinstance(found, Index):
            depth += 1
            if depth > MOST_DEPTH:
                raise RegistryError(f"{name}: index in index in index, without end", hint="is the image broken?")
            entry = choose(found, platform, name)
            own, body, media = await self.manifest(target, entry.digest, name)
            found = parse_manifest(body, media, name)
        return Found(digest, own, body, found, target)

    async def manifest(self, target: Target, version: str, name: str) -> tuple[str, bytes, str]:
        """The digest, bytes and media type of what `version`, a tag or a digest, stands for. Its bytes are what the
        digest says."""
        reply, body = await self._whole(target, f"/manifests/{version}", MOST_MANIFEST, {"Accept": ACCEPT})
        _check(reply.status, body, target, name)
        digest = digest_of(body)
        if version.partition(":")[0] == "sha256" and digest != version:
            raise RegistryError(
                f"{target.name} gives another manifest for {name} than its digest says",
                hint="it, or a proxy in between, is broken or hostile; nothing of it is used",
            )
        return digest, body, reply.headers.get("content-type", "")

    async def small(self, target: Target, descriptor: Descriptor, name: str) -> bytes:
        """A blob that fits into memory: an image's configuration."""
        if descriptor.size > MOST_CONFIG:
            raise RegistryError(f"{name}: a configuration of {descriptor.size} bytes", hint="is the image broken?")
        reply, body = await self._whole(target, f"/blobs/{descriptor.digest}", descriptor.size)
        _check(reply.status, body, target, name)
        if digest_of(body) != descriptor.digest:
            what = f"{target.name} gives another configuration for {name} than its digest says"
            raise RegistryError(what, hint="it, or a proxy in between, is broken or hostile; nothing of it is used")
        return body

    # requests

    async def _whole(
        self, target: Target, path: str, limit: int, headers: Mapping[str, str] | None = None
    ) -> tuple[Reply, bytes]:
        """A small answer and its body, of `limit` bytes at most; a line that is cut in the middle is tried again."""
        attempt = 1
        while True:
            try:
                async with self.request("GET", target, path, headers) as reply:
                    most = limit if reply.status < 400 else MOST_ERROR
                    return reply, await read_at_most(reply, most, target.name)
            except Broken as error:
                if attempt == TRIES:
                    raise unreachable(target.name, str(error)) from None
            await self.pause(_backoff(attempt))
            attempt += 1

    @contextlib.asynccontextmanager
    async def request(
        self,
        method: str,
        target: Target,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: Body = None,
        tries: int = TRIES,
        actions: str = PULL,
    ) -> AsyncIterator[Reply]:
        """Ask for something of a repository; a `path` that begins with a scheme is whole. Answers that another try may
        change (5xx, 429, a cut line) are tried again, unless `tries` is 1; all others are the caller's."""  # fmt: skip
        async with contextlib.AsyncExitStack() as held:
            for attempt in range(1, tries + 1):
                last = attempt == tries
                try:
                    reply = await held.enter_async_context(
                        self._authorised(method, target, path, headers or {}, body, actions)
                    )
                except Broken as error:
                    if last:
                        raise unreachable(target.name, str(error)) from None
                    wait = _backoff(attempt)
                except RegistryError as error:
                    if last or error.lasting:
                        raise
                    wait = _backoff(attempt)
                else:
                    if last or (reply.status != 429 and reply.status < 500):
                        yield reply
                        return
                    wait = _wished(reply.headers.get("retry-after", ""), attempt, time.time())
                    if wait > MOST_WAIT:
                        yield reply
                        return
                await held.aclose()
                await self.pause(wait)

    @contextlib.asynccontextmanager
    async def _authorised(
        self, method: str, target: Target, path: str, headers: Mapping[str, str], body: Body, actions: str
    ) -> AsyncIterator[Reply]:
        await self._transport.settle(target.host, insecure=target.insecure)
        base = self._transport.base(target.host)
        url = path if "://" in path else f"{base}/v2/{target.path}{path}"
        scope = f"repository:{target.path}:{actions}" if target.path else ""
        given = self._authorization(target.host, scope) if url.startswith(f"{base}/") else {}
        async with contextlib.AsyncExitStack() as held:
            reply = await held.enter_async_context(self._transport.ask(method, url, {**headers, **given}, body))
            if reply.status == 401 and url.startswith(f"{base}/"):
                challenges = parse_challenges(reply.headers.get("www-authenticate", ""))
                said = message_in(await read_at_most(reply, MOST_ERROR, target.name)) if method != "HEAD" else ""
                await held.aclose()
                fresh = await self._sign_in(target, challenges, scope, given, said)
                reply = await held.enter_async_context(self._transport.ask(method, url, {**headers, **fresh}, body))
                if reply.status == 401:
                    raise denied(target.name, target.path, said)
            yield reply

    def _authorization(self, host: str, scope: str) -> dict[str, str]:
        value = self._tokens.get((host, scope)) or self._basic.get(host)
        return {"Authorization": value} if value else {}

    async def _sign_in(
        self, target: Target, challenges: tuple[Challenge, ...], scope: str, used: Mapping[str, str], said: str
    ) -> dict[str, str]:
        """The header that answers a challenge; of several requests that want it at once the first asks."""
        async with self._signing.setdefault(target.host, asyncio.Lock()):
            known = self._authorization(target.host, scope)
            if known and known != dict(used):
                return known
            login, trouble = await self._login(target)
            for challenge in challenges:
                if challenge.scheme == "bearer" and challenge.parameters.get("realm"):
                    token = await self._token(target, challenge, scope, login, trouble)
                    self._tokens[target.host, scope] = f"Bearer {token}"
                    return self._authorization(target.host, scope)
                if challenge.scheme == "basic" and login and login.user and "Authorization" not in used:
                    self._basic[target.host] = _basic(login)
                    return self._authorization(target.host, scope)
            raise denied(target.name, target.path, said, trouble)

    async def _login(self, target: Target) -> tuple[Login | None, tuple[str, ...]]:
        """A helper that fails is told only where nothing is given out without it."""
        try:
            image = target.path if target.name == HUB else f"{target.name}/{target.path}"
            return await self._keys.find(target.name, image), ()
        except Trouble as trouble:
            return None, (str(trouble),)

    async def _token(
        self, target: Target, challenge: Challenge, scope: str, login: Login | None, trouble: tuple[str, ...]
    ) -> str:
        realm = challenge.parameters["realm"]
        parts = urlsplit(realm)
        if parts.scheme != "https" and not (parts.scheme == "http" and self.settings.trusts_blindly(parts.netloc)):
            what = f"{target.name} wants a login sent to {realm[:200]} without encryption"
            raise RegistryError(what, hint="declare that host insecure if you trust the network in between")
        headers: dict[str, str] = {"Accept": "application/json"}
        method, url, body = "GET", f"{realm}{'&' if parts.query else '?'}", None
        if login and login.identity:
            method, url, body = "POST", realm, _exchange(challenge, scope, login)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        else:
            url += token_query(challenge, scope, login.user if login else "")
            if login and login.user:
                headers["Authorization"] = _basic(login)
        async with self._transport.ask(method, url, headers, body) as reply:
            answer = await read_at_most(reply, MOST_CONFIG, target.name)
            if reply.status in (400, 401, 403):
                raise denied(target.name, target.path, message_in(answer) or "the login is not accepted", trouble)
            if reply.status != 200:
                raise refusal(target.name, target.path, reply.status, answer)
        try:
            found = json.loads(answer)
            token = str(found.get("token") or found["access_token"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise RegistryError(f"{parts.hostname} gives no token", hint="is there a proxy in between?") from None
        if not token.isprintable() or not token.isascii():
            raise RegistryError(f"{parts.hostname} gives a token that is none", hint="is there a proxy in between?")
        return token


async def pieces(reply: Reply) -> AsyncIterator[bytes]:
    """The answer's body as it comes. Broken where it stops coming."""
    chunks = reply.chunks()
    try:
        while True:
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Broken(f"nothing came for {STALL_SECONDS:g} s") from None
            yield chunk
    finally:
        await chunks.aclose()  # type: ignore[attr-defined]


async def read_at_most(reply: Reply, limit: int, registry: str) -> bytes:
    """A small body whole. RegistryError where it is larger than it may be."""
    whole = bytearray()
    async for chunk in pieces(reply):
        whole += chunk
        if len(whole) > limit:
            what = f"{registry} answers with more than it may ({limit} bytes)"
            raise RegistryError(what, hint="is there a proxy or a login page between us?")
    return bytes(whole)


def _version(reference: Reference) -> str:
    """A digest goes before the tag. ShoreError for one of another kind."""
    if reference.digest and not DIGEST.match(reference.digest):
        raise ShoreError(f"{reference.digest} is not a SHA-256 digest", hint="copy it whole: sha256: and 64 letters")
    return reference.digest or reference.version


def _name(reference: Reference) -> str:
    version = f"@{reference.digest}" if reference.digest else f":{reference.version}"
    return f"{reference.name}{version}"


def _check(status: int, body: bytes, target: Target, image: Reference | str) -> None:
    if status == 200:
        return
    name = image if isinstance(image, str) else _name(image)
    if status in (401, 403):
        raise denied(target.name, name, message_in(body))
    raise refusal(target.name, name, status, body)


def _basic(login: Login) -> str:
    pair = f"{login.user}:{login.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _exchange(challenge: Challenge, scope: str, login: Login) -> bytes:
    fields = {
        "grant_type": "refresh_token", "service": challenge.parameters.get("service", ""), "scope": scope,
        "client_id": "longshore", "refresh_token": login.identity,
    }  # fmt: skip
    return urlencode(fields).encode()


def _backoff(attempt: int) -> float:
    return float(0.5 * 2 ** (attempt - 1))


def _wished(text: str, attempt: int, now: float) -> float:
    """Seconds that a server asks us to wait: a number, or a date."""
    if text.strip().isdigit():
        return float(text)
    if text:
        from email.utils import parsedate_to_datetime

        with contextlib.suppress(ValueError, TypeError):
            return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    return _backoff(attempt)
