"""Which TCP sockets of a network namespace listen: sock_diag(7), as `ss -ltn` asks it."""

from __future__ import annotations

import socket
import struct

__all__ = ["SOCKET_DIAGNOSIS", "Listening", "listening"]

SOCKET_DIAGNOSIS = 4
"""The netlink family NETLINK_SOCK_DIAG."""

_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_DONE, _ERROR = 3, 2
_LISTEN = 1 << 10
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBxI48x")
_SOCKET = struct.Struct("!B3xHxx16s")
"""The beginning of inet_diag_msg: family, state, timer, retransmits; source port, destination port, source address."""

Listening = tuple[str, int]
"""A listening socket: its address as text, and its port."""


def listening(diagnosis: socket.socket) -> frozenset[Listening]:
    """All listening TCP sockets of the namespace in which `diagnosis` was made. Raises OSError."""
    found: set[Listening] = set()
    for family in (socket.AF_INET, socket.AF_INET6):
        body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, _LISTEN)
        diagnosis.send(_HEADER.pack(_HEADER.size + len(body), _BY_FAMILY, _REQUEST_DUMP, 0, 0) + body)
        while not _read(diagnosis.recv(65536), found):
            pass
    return frozenset(found)


def _read(data: bytes, found: set[Listening]) -> bool:
    """Take in one packet of the kernel's answer; whether it was the last."""
    offset = 0
    while offset < len(data):
        length, kind, *_ = _HEADER.unpack_from(data, offset)
        if kind in (_DONE, _ERROR):
            return True
        family, port, address = _SOCKET.unpack_from(data, offset + _HEADER.size)
        size = 4 if family == socket.AF_INET else 16
        found.add((socket.inet_ntop(family, address[:size]), port))
        offset += (length + 3) & ~3
    return False
