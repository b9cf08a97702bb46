"""Health probes: the declared test, run in the container. What only asks a plain local address (`curl -f`,
`wget --spider`, `nc -z`) is answered from here without a process, where the meaning is exactly the same."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from longshore.health.monitor import ProbeResult
from longshore.model.record import record

if TYPE_CHECKING:
    from longshore.engine.native.agent.container import Supervised

__all__ = ["PlainProbe", "plain", "probe"]

_LOCAL = {"localhost", "127.0.0.1"}
_CURL_FLAGS = {
    "-f": 0, "--fail": 0, "-s": 0, "--silent": 0, "-S": 0, "--show-error": 0, "-sS": 0, "-fs": 0, "-sf": 0, "-fsS": 0,
    "-sSf": 0, "-fSs": 0, "-o": 1, "--output": 1,
}  # fmt: skip
_CURL_FAIL = {"-f", "--fail", "-fs", "-sf", "-fsS", "-sSf", "-fSs"}
_WGET_FLAGS = {
    "-q": 0, "--quiet": 0, "--spider": 0, "--tries=1": 0, "-t": 1, "--no-verbose": 0, "-nv": 0,
    "--no-check-certificate": 0,
}  # fmt: skip
_TAILS = (("||", "exit", "1"), ("||", "false"))
_PROXIES = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}


@record
class PlainProbe:
    """Connect to `port` on the container's loopback; with `path`, ask for it by HTTP and want a status below 400."""

    port: int
    path: str = ""
    host: str = "localhost"
    method: str = "GET"


def plain(test: tuple[str, ...], environment_names: frozenset[str] = frozenset()) -> PlainProbe | None:
    """The probe that `test` comes to, or None when only the program itself can tell: other options, other hosts, a
    proxy in the environment, a shell's own syntax."""
    if environment_names & _PROXIES:
        return None
    words = _words(test)
    if not words:
        return None
    match words[0]:
        case "curl":
            return _web(words[1:], _CURL_FLAGS, needs=_CURL_FAIL, method="GET")
        case "wget":
            return _web(words[1:], _WGET_FLAGS, needs={"--spider"}, method="HEAD")
        case "nc" | "netcat":
            return _port(words[1:])
    return None


def _words(test: tuple[str, ...]) -> list[str]:
    if test[0] == "CMD":
        return list(test[1:])
    if test[0] != "CMD-SHELL" or len(test) != 2 or any(sign in test[1] for sign in "$`;&<(\\*?{\n"):
        return []
    import shlex

    try:
        words = shlex.split(test[1])
    except ValueError:
        return []
    for tail in _TAILS:
        if tuple(words[-len(tail) :]) == tail:
            words = words[: -len(tail)]
    return [] if any(sign in word for word in words for sign in "|>#") else words


def _web(words: list[str], flags: dict[str, int], needs: set[str], method: str) -> PlainProbe | None:
    urls: list[str] = []
    seen: set[str] = set()
    left = iter(words)
    for word in left:
        if not word.startswith("-"):
            urls.append(word)
        elif word in flags:
            seen.add(word)
            values = [next(left, "") for _ in range(flags[word])]
            if word in ("-o", "--output") and values != ["/dev/null"]:
                return None
        else:
            return None
    return _address(urls[0], method) if len(urls) == 1 and seen & needs else None


def _address(url: str, method: str) -> PlainProbe | None:
    from urllib.parse import urlsplit

    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        port = parts.port or 80
    except ValueError:
        return None
    if parts.scheme != "http" or parts.hostname not in _LOCAL or parts.username or parts.fragment:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return PlainProbe(port, path, parts.netloc, method)


def _port(words: list[str]) -> PlainProbe | None:
    flags = [word for word in words if word.startswith("-")]
    rest = [word for word in words if not word.startswith("-")]
    if flags not in (["-z"], ["-zv"], ["-vz"], ["-z", "-v"]) or len(rest) != 2 or rest[0] not in _LOCAL:
        return None
    return PlainProbe(int(rest[1]), host=rest[0]) if rest[1].isdigit() else None


async def probe(container: Supervised, test: tuple[str, ...], timeout: float) -> ProbeResult:
    """One probe of `container`. Never raises for a failing one."""
    found = plain(test, frozenset(container.spec.environment))
    answer = await _ask(container, found, timeout) if found and container.network >= 0 else None
    if answer:
        return answer
    argv = test[1:] if test[0] == "CMD" else (*container.spec.shell, *test[1:])
    code, output = await container.run_captured(argv, timeout)
    return ProbeResult(code, output)


async def _ask(container: Supervised, wanted: PlainProbe, timeout: float) -> ProbeResult | None:
    """None when the answer is one that the program itself must judge (wget follows a redirect)."""
    try:
        async with asyncio.timeout(timeout):
            connection = await _connection(container, wanted)
            with connection:
                return await _talk(connection, wanted)
    except TimeoutError:
        return ProbeResult(-1, f"no answer from port {wanted.port} within {timeout:g} s")
    except OSError as error:
        return ProbeResult(1, f"port {wanted.port}: {error.strerror or error}")


async def _connection(container: Supervised, wanted: PlainProbe) -> socket.socket:
    """As the program would: "localhost" is 127.0.0.1 and ::1, in the order of the container's /etc/hosts."""
    loop, failure = asyncio.get_running_loop(), OSError(0, "no address")
    addresses = ["127.0.0.1", "::1"] if wanted.host.startswith("localhost") else ["127.0.0.1"]
    for address in addresses:
        connection = await container.project.hub.socket_in(container.network, ipv6=":" in address)
        try:
            await loop.sock_connect(connection, (address, wanted.port))
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure


async def _talk(connection: socket.socket, wanted: PlainProbe) -> ProbeResult | None:
    loop = asyncio.get_running_loop()
    if not wanted.path:
        return ProbeResult(0)
    head = (
        f"{wanted.method} {wanted.path} HTTP/1.1\r\nHost: {wanted.host}\r\n"
        "User-Agent: shore\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )
    await loop.sock_sendall(connection, head.encode())
    data = b""
    while b"\r\n" not in data and len(data) < 65536:
        chunk = await loop.sock_recv(connection, 4096)
        if not chunk:
            break
        data += chunk
    line = data.partition(b"\r\n")[0].decode("latin-1")
    words = line.split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return ProbeResult(1, f"port {wanted.port}: no HTTP answer")
    status = int(words[1])
    if wanted.method == "HEAD" and status >= 300:
        return None
    return ProbeResult(0 if status < 400 else 22, line)
