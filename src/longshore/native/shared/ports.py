"""Binding published ports on the host."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.shared.spec import PortSpec
from longshore.state.observed import Published

__all__ = ["bind_port", "choices", "lowest_unprivileged"]

_TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def choices(published: str) -> Iterable[int]:
    """The host ports to try, in order: one, those of a range, or 0 for "any free one"."""
    if not published:
        return (0,)
    first, _, last = published.partition("-")
    return range(int(first), int(last or first) + 1)


def lowest_unprivileged() -> int:
    """The lowest port that an ordinary user may bind (net.ipv4.ip_unprivileged_port_start)."""
    with suppress(OSError, ValueError):
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    return 1024


def bind_port(port: PortSpec, *, auto: bool, before: int = 0) -> tuple[socket.socket, Published]:
    """A bound socket (listening, for TCP) for one published port. With `auto` a port that cannot be had is replaced by
    `before` (the one it had last time) or any free one. Raises ShoreError."""
    tried = [*choices(port.published)]
    if tried == [0] and before:
        tried = [before, 0]
    elif auto:
        tried += [before, 0] if before else [0]
    failure: OSError | None = None
    for number in tried:
        try:
            made = _bind(port.host_ip, number, _TYPES[port.protocol])
        except OSError as error:
            failure = error
            continue
        return made, Published(port.host_ip, made.getsockname()[1], port.target, port.protocol)
    assert failure is not None
    raise _refused(port, failure)


def _refused(port: PortSpec, failure: OSError) -> ShoreError:
    reason = "is taken" if failure.errno == errno.EADDRINUSE else f"cannot be bound: {failure.strerror}"
    where = f"{port.host_ip}:{port.published}" if port.host_ip else port.published
    return ShoreError(
        f"port {where}/{port.protocol} {reason} ({port.place})",
        hint="stop what holds it, publish another port, or let shore choose: shore up --ports auto",
    )


def _bind(host: str, number: int, kind: int) -> socket.socket:
    """On one address, or on every address of both families when `host` is empty (IPv4 alone where there is no IPv6)."""
    if not host and socket.has_ipv6:
        with suppress(_NoIPv6):
            return _bound(socket.AF_INET6, "::", number, kind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return _bound(family, host or "0.0.0.0", number, kind)


class _NoIPv6(Exception):
    pass


def _bound(family: int, host: str, number: int, kind: int) -> socket.socket:
    try:
        made = socket.socket(family, kind)
    except OSError as error:
        raise _NoIPv6 from error
    try:
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, number))
        if kind == socket.SOCK_STREAM:
            made.listen(512)
        made.setblocking(False)
    except OSError as error:
        made.close()
        if host == "::" and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise _NoIPv6 from error
        raise
    return made
