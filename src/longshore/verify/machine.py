"""What this machine is to the services of a stack: its addresses, and what was open on it before."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

from longshore.state.sockets import held, listening

__all__ = ["beyond_here", "holders", "outside_addresses", "ports_open"]

SOMEWHERE = ("192.0.2.1", 9)
"""An address of nobody (RFC 5737): which way packets would go there is asked, none is sent."""


def outside_addresses() -> tuple[str, ...]:
    """The address by which other machines reach this one; () where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return ()
        address = str(probe.getsockname()[0])
    return () if address.startswith("127.") else (address,)


def ports_open() -> frozenset[int]:
    """The TCP ports on which somebody listens now; none where the kernel does not tell."""
    from longshore.verify.inside import listening as ports_in

    tables = [Path("/proc/net", name) for name in ("tcp", "tcp6")]
    return frozenset(port for table in tables if table.exists() for port in ports_in(table.read_text()))


def holders(port: int) -> tuple[int, ...]:
    """The processes that listen on the TCP port here, as far as this user may see them."""
    sockets = listening(Path("/proc/net"), port)
    processes = (entry for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return tuple(int(entry.name) for entry in processes if not sockets.isdisjoint(held(entry)))


async def beyond_here() -> tuple[str, int] | None:
    """An address beyond this machine where somebody answers it, be it by a refusal; None where none is known."""
    for host, port in _candidates():
        try:
            async with asyncio.timeout(2.0):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
        except ConnectionRefusedError:
            return host, port
        except (OSError, TimeoutError):
            continue
        return host, port
    return None


def _candidates() -> Iterator[tuple[str, int]]:
    """The router that packets leave by, and the servers of names."""
    routes, names = Path("/proc/net/route"), Path("/etc/resolv.conf")
    for line in routes.read_text().splitlines()[1:] if routes.exists() else ():
        words = line.split()
        if words[1] == "00000000" and words[2] != "00000000":
            gateway = socket.inet_ntoa(bytes.fromhex(words[2])[::-1])
            yield from ((gateway, port) for port in (80, 53, 443))
    for line in names.read_text().splitlines() if names.exists() else ():
        if line.startswith("nameserver") and not line.split()[1].startswith(("127.", "::1")):
            yield line.split()[1], 53
