"""What this machine is to the services of a stack: its addresses, and what was open on it before."""

from __future__ import annotations

import socket
from pathlib import Path

__all__ = ["outside_addresses", "ports_open"]

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
    from longshore.verify.inside import listening

    tables = [Path("/proc/net", name) for name in ("tcp", "tcp6")]
    return frozenset(port for table in tables if table.exists() for port in listening(table.read_text()))
