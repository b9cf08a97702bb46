"""Connections to registries: TLS, proxies, redirects, and one connection for many requests."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from longshore import __version__
from longshore.engine.http.exchange import Body, Exchange, Reply, plain_headers
from longshore.engine.http.tls import give_asyncio_tls
from longshore.engine.registry.errors import Broken, RegistryError, unreachable
from longshore.engine.registry.proxies import proxy_of
from longshore.engine.registry.settings import Settings

__all__ = ["Transport"]

CONNECT_SECONDS = 15.0
STALL_SECONDS = 60.0
"""A server that sends nothing for so long will send no more."""
CHUNK = 256 * 1024
MOST_REDIRECTS = 5
MOST_IDLE = 4
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
_AGENT = f"longshore/{__version__}"


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int


class Transport:
    """Speaks to any host by the machine's `settings`, through the proxies of `environ`."""

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        give_asyncio_tls()
        self.settings, self._environ = settings, environ
        self._idle: dict[_Origin, list[Exchange]] = {}
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._plain: set[str] = set()
        """Hosts that speak no TLS, and may do so."""

    def base(self, host: str) -> str:
        """Where a registry's API begins."""
        return f"{'http' if host in self._plain else 'https'}://{host}"

    @contextlib.asynccontextmanager
    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: Body = None) -> AsyncIterator[Reply]:
        """Ask and follow where the answer leads; what says who we are goes to nobody but `url`'s own host. Raises
        RegistryError where nobody answers, Broken where an answer is cut off."""
        first = _origin(url)
        given = dict(headers)
        for _ in range(MOST_REDIRECTS + 1):
            exchange, reply = await self._once(method, url, given, body)
            there = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not there or method not in ("GET", "HEAD"):
                try:
                    yield reply
                finally:
                    await self._give_back(_origin(url), exchange)
                return
            await exchange.close()
            url = self._follow(url, there)
            if _origin(url) != first:
                given = {name: value for name, value in given.items() if name.lower() != "authorization"}
        raise RegistryError(f"{first.host} redirects without end", hint="is the registry's address right?")

    def _follow(self, url: str, there: str) -> str:
        following = urljoin(url, there)
        before, after = urlsplit(url), urlsplit(following)
        if after.scheme not in _PORTS or not after.hostname:
            raise RegistryError(f"{before.hostname} redirects to {after.scheme or 'nowhere'}", hint="try again later")
        if (before.scheme, after.scheme) == ("https", "http") and not self.settings.trusts_blindly(after.netloc):
            what = f"{before.hostname} redirects to {after.hostname} without encryption"
            raise RegistryError(what, hint="declare that registry insecure if you trust the network in between")
        return following

    async def _once(self, method: str, url: str, headers: Mapping[str, str], body: Body) -> tuple[Exchange, Reply]:
        """One request; a connection that was kept may have ended meanwhile, which is no failure."""
        origin = _origin(url)
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        idle = self._idle.get(origin, [])
        while idle:
            exchange = idle.pop()
            try:
                return exchange, await self._talk(exchange, method, target, parts.netloc, headers, body)
            except Broken:
                await exchange.close()
                if body is not None and not isinstance(body, bytes):
                    raise
            except BaseException:
                exchange.writer.close()
                raise
        exchange, prefix = await self._open(origin)
        proxied: dict[str, str] = prefix[1]
        try:
            whole = {**proxied, **headers}
            return exchange, await self._talk(exchange, method, prefix[0] + target, parts.netloc, whole, body)
        except BaseException:
            exchange.writer.close()
            raise

    async def _talk(
        self, exchange: Exchange, method: str, target: str, netloc: str, headers: Mapping[str, str], body: Body
    ) -> Reply:
        own = {"Host": netloc.rpartition("@")[2], "User-Agent": _AGENT, **headers}
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await exchange.send(method, target, own, body)
                head = await exchange.head()
        except TimeoutError:
            raise Broken("it does not answer") from None
        return Reply(exchange, head.status_code, plain_headers(head))

    async def _give_back(self, origin: _Origin, exchange: Exchange) -> None:
        kept = self._idle.setdefault(origin, [])
        try:
            usable = len(kept) < MOST_IDLE and exchange.again()
        except Exception:  # h11 in the middle of something
            usable = False
        if usable:
            kept.append(exchange)
        else:
            exchange.writer.close()

    async def _open(self, origin: _Origin) -> tuple[Exchange, tuple[str, dict[str, str]]]:
        """A new connection, and what a request by it begins with: a proxy of plain HTTP wants the whole address."""
        proxy = proxy_of(origin.scheme, origin.host, origin.port, self._environ)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                if proxy:
                    return await self._through(proxy, origin)
                context = self._context(origin) if origin.scheme == "https" else None
                reader, writer = await asyncio.open_connection(
                    origin.host, origin.port, ssl=context, server_hostname=origin.host if context else None, limit=CHUNK
                )
                return Exchange(reader, writer, _gone, CHUNK), ("", {})
        except TimeoutError:
            raise unreachable(_name(origin), f"no connection within {CONNECT_SECONDS:g} s") from None
        except ssl.SSLError as error:
            raise _tls_trouble(origin, error) from error
        except OSError as error:
            raise unreachable(_name(origin), _reason(error)) from error

    async def _through(self, proxy: str, origin: _Origin) -> tuple[Exchange, tuple[str, dict[str, str]]]:
        parts = urlsplit(proxy)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise RegistryError(f"a proxy like {parts.scheme}:// cannot be used", hint="give an http:// one")
        context = ssl.create_default_context() if parts.scheme == "https" else None
        port = parts.port or _PORTS[parts.scheme]
        reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=context, limit=CHUNK)
        headers: dict[str, str] = {}
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Proxy-Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        if origin.scheme == "http":
            return Exchange(reader, writer, _gone, CHUNK), (f"http://{_name(origin)}", headers)
        tunnel = Exchange(reader, writer, _gone)
        whole = f"{_bracketed(origin.host)}:{origin.port}"
        await tunnel.send("CONNECT", whole, {"Host": whole, **headers}, None)
        status = (await tunnel.head()).status_code
        if status >= 300:
            writer.close()
            raise unreachable(_name(origin), f"the proxy {parts.hostname} answers with {status}")
        await writer.start_tls(self._context(origin), server_hostname=origin.host)
        return Exchange(reader, writer, _gone, CHUNK), ("", {})

    def _context(self, origin: _Origin) -> ssl.SSLContext:
        """With the authorities of the system, and those and the certificate that this machine keeps for the host."""
        name = _name(origin)
        if name not in self._contexts:
            found = self.settings.certificates_for(name)
            if self.settings.trusts_blindly(name):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            else:
                context = ssl.create_default_context()
            try:
                for authority in found.authorities:
                    context.load_verify_locations(authority)
                for certificate, key in found.pairs:
                    context.load_cert_chain(certificate, key)
            except (OSError, ssl.SSLError) as error:
                what = f"the certificates kept for {name} cannot be read: {error}"
                raise RegistryError(what, hint="see certs.d of Docker or Podman") from None
            self._contexts[name] = context
        return self._contexts[name]

    async def settle(self, host: str, *, insecure: bool) -> None:
        """Find out how a host speaks that may do so without encryption: by TLS if it can."""
        if not insecure or host in self._plain:
            return
        origin = _origin(f"https://{host}")
        if self._idle.get(origin):
            return
        try:
            exchange, _ = await self._open(origin)
        except RegistryError as error:
            if isinstance(error.__cause__, ssl.SSLError | ConnectionError | ssl.CertificateError) or error.silent:
                self._plain.add(host)
            return
        self._idle.setdefault(origin, []).append(exchange)

    async def close(self) -> None:
        for kept in self._idle.values():
            while kept:
                await kept.pop().close()


def _gone() -> Broken:
    return Broken("the connection ended in the middle")


def _origin(url: str) -> _Origin:
    parts = urlsplit(url)
    return _Origin(parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _name(origin: _Origin) -> str:
    host = _bracketed(origin.host)
    return host if origin.port == _PORTS[origin.scheme] else f"{host}:{origin.port}"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()


def _tls_trouble(origin: _Origin, error: ssl.SSLError) -> RegistryError:
    said = getattr(error, "verify_message", "") or error.reason or str(error)
    return RegistryError(
        f"the registry {_name(origin)} cannot be trusted: {said}",
        hint=f"put its authority into /etc/docker/certs.d/{_name(origin)}/ca.crt, or declare it insecure",
    )
