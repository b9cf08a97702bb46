"""Which proxy a request goes through, by the variables that curl, Docker and Go know. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

__all__ = ["in_network", "is_loopback", "proxy_of"]


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by name or address."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def proxy_of(scheme: str, host: str, port: int, environ: Mapping[str, str]) -> str:
    """The proxy's URL for a request, "" for none; this machine itself is never asked through one."""
    if is_loopback(host) or _excepted(host, port, _value(environ, "NO_PROXY")):
        return ""
    found = _value(environ, f"{scheme.upper()}_PROXY")
    return found if not found or "://" in found else f"http://{found}"


def _value(environ: Mapping[str, str], name: str) -> str:
    """Capitals first, as Go has it; HTTP_PROXY is not taken where a web server may have set it from a header."""
    if name == "HTTP_PROXY" and environ.get("REQUEST_METHOD"):
        return environ.get("http_proxy", "")
    return environ.get(name) or environ.get(name.lower(), "")


def _excepted(host: str, port: int, names: str) -> bool:
    host = host.strip("[]").lower()
    for name in (part.strip().lower() for part in names.split(",")):
        if name == "*":
            return True
        if name and (in_network(host, name) or _named(host, port, name)):
            return True
    return False


def in_network(host: str, network: str) -> bool:
    """Whether `host` is an address of that network ("10.0.0.0/8", or one address); a name is in none."""
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _named(host: str, port: int, name: str) -> bool:
    bare, colon, number = name.rpartition(":")
    if colon and number.isdigit() and bare:
        if int(number) != port:
            return False
        name = bare
    name = name.removeprefix("*")
    if name.startswith("."):
        return host.endswith(name)
    return host == name or host.endswith(f".{name}")
