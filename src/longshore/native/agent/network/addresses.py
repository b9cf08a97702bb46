"""Which subnets and addresses a project's networks use. Pure, but for one reading of the host's routes."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

__all__ = ["PoolExhausted", "choose_address", "choose_subnet", "gateway_of", "host_networks", "is_within"]

_POOLS = [
    *(ipaddress.IPv4Network(f"172.{second}.0.0/16") for second in range(18, 32)),
    *ipaddress.IPv4Network("192.168.0.0/16").subnets(new_prefix=20),
    *ipaddress.IPv4Network("10.128.0.0/9").subnets(new_prefix=16),
]


class PoolExhausted(Exception):
    """No subnet or address is free."""


def choose_subnet(taken: Iterable[str]) -> str:
    """The first of Docker's default subnets that meets none of `taken` (other networks, the host's routes)."""
    used = [ipaddress.IPv4Network(subnet) for subnet in taken]
    for pool in _POOLS:
        if not any(pool.overlaps(other) for other in used):
            return str(pool)
    raise PoolExhausted("no free subnet for a network; give one by networks.<name>.ipam")


def gateway_of(subnet: str) -> str:
    return str(next(ipaddress.IPv4Network(subnet).hosts()))


def choose_address(subnet: str, taken: Iterable[str], pool: str = "") -> str:
    """The lowest free address of `pool` (an ip_range) or of the whole subnet."""
    used = set(taken)
    for address in ipaddress.IPv4Network(pool or subnet).hosts():
        if str(address) not in used:
            return str(address)
    raise PoolExhausted(f"no free address in {pool or subnet}")


def is_within(address: str, subnet: str) -> bool:
    return ipaddress.IPv4Address(address) in ipaddress.IPv4Network(subnet)


def host_networks(path: str = "/proc/net/route") -> tuple[str, ...]:
    """The host's own routes but the default one, so that no project's network hides them from its services."""
    try:
        rows = Path(path).read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return ()
    found = []
    for row in rows:
        fields = row.split()
        destination, mask = (socket.inet_ntoa(struct.pack("=I", int(fields[i], 16))) for i in (1, 7))
        if mask != "0.0.0.0":
            found.append(str(ipaddress.IPv4Network(f"{destination}/{mask}", strict=False)))
    return tuple(found)
