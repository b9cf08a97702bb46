"""Health checks that need no process: a test that only asks a plain local address for a sign of life is answered by the
agent itself, where the meaning is exactly the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.native.image.model import Client

__all__ = ["PlainProbe", "plain", "program"]

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
_PROXIES = frozenset({"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
_CHANGED_BY = {"curl": _PROXIES, "wget": _PROXIES}
"""Variables under which a program does something else."""


@record
class PlainProbe:
    """Connect to `port` on the container's loopback. What is asked there: "port" nothing; "http" for `path`, and the
    status must be below 400; "client" what the server's own `client` would `ask`."""

    port: int
    path: str = ""
    host: str = "localhost"
    method: str = "GET"
    kind: Literal["port", "http", "client"] = "port"
    client: Client | None = None
    ask: str = ""


def plain(
    test: tuple[str, ...], environment: Mapping[str, str] = EMPTY, client: Client | None = None
) -> PlainProbe | None:
    """The probe that `test` comes to, or None when only the program itself can tell: other options, other hosts, a
    variable that changes what the program does, a shell's own syntax. `client` is that of the container's own
    server, which the test may call."""
    words = _words(test)
    if not words or environment.keys() & _CHANGED_BY.get(words[0], frozenset()):
        return None
    match words[0]:
        case "curl":
            return _web(words[1:], _CURL_FLAGS, needs=_CURL_FAIL, method="GET")
        case "wget":
            return _web(words[1:], _WGET_FLAGS, needs={"--spider"}, method="HEAD")
        case "nc" | "netcat":
            return _port(words[1:])
        case program if client and program in client.programs and environment.keys().isdisjoint(client.unless):
            return _client(words[1:], environment, client)
    return None


def program(test: tuple[str, ...]) -> str:
    """The program that such a test calls."""
    return _words(test)[0]


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
    return PlainProbe(port, path, parts.netloc, method, "http")


def _port(words: list[str]) -> PlainProbe | None:
    flags = [word for word in words if word.startswith("-")]
    rest = [word for word in words if not word.startswith("-")]
    if flags not in (["-z"], ["-zv"], ["-vz"], ["-z", "-v"]) or len(rest) != 2 or rest[0] not in _LOCAL:
        return None
    return PlainProbe(int(rest[1]), host=rest[0]) if rest[1].isdigit() else None


def _client(words: list[str], environment: Mapping[str, str], client: Client) -> PlainProbe | None:
    """A client that asks its own server for a sign of life, at its usual address or a local one that is named."""
    options = len(words) - len(client.words)
    if options < 0 or tuple(word.lower() for word in words[options:]) != client.words:
        return None
    user = environment.get(client.user) or client.usual_user
    given = {"host": "127.0.0.1", "port": str(client.port), "user": user}
    left = iter(words[:options])
    for word in left:
        name, sign, value = word.partition("=") if word.startswith("--") else (word, "", "")
        meaning = client.options.get(name)
        if meaning is None:
            return None
        value = value if sign else next(left, "")
        if meaning == "database" and ("=" in value or "://" in value):
            return None  # a whole connection string
        given[meaning] = value
    if given["host"] not in _LOCAL or not given["port"].isdigit():
        return None
    ask = client.ask.replace("USER", given["user"])
    if client.sized:
        ask = (len(ask) + 4).to_bytes(4, "big").decode("latin-1") + ask
    return PlainProbe(int(given["port"]), host=given["host"], kind="client", client=client, ask=ask)
