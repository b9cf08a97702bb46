"""Raw nf_tables: one table with one kind of rule, "TCP that comes in by this bridge goes to this local port"."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping

from longshore.native.kernel.netlink import Message, Netlink, attribute, nested

__all__ = ["add_redirect_table", "redirect"]

_NETFILTER = 12
_SUBSYSTEM = 10 << 8
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_NEWTABLE, _NEWCHAIN, _NEWRULE = _SUBSYSTEM | 0, _SUBSYSTEM | 3, _SUBSYSTEM | 6
_CREATE, _APPEND = 0x400, 0x800
_PREROUTING, _PRIORITY_DSTNAT = 0, -100
_TABLE, _CHAIN = "longshore", "outbound"
_META_L4PROTO, _META_IIFNAME, _REGISTER, _EQUAL = 16, 6, 1, 0
_NESTED = 0x8000


def add_redirect_table() -> None:
    """Make the table and chain in the calling thread's network namespace. Raises OSError where the kernel lacks it."""
    hook = nested(_NESTED | 4, _be32(1, _PREROUTING), _be32(2, _PRIORITY_DSTNAT))
    _transaction(
        Message(_NEWTABLE, _CREATE, _head() + attribute(1, _TABLE), "nftables: make table"),
        Message(
            _NEWCHAIN, _CREATE, _head() + attribute(1, _TABLE) + attribute(3, _CHAIN) + hook + attribute(7, "nat"),
            "nftables: make nat chain",
        ),
    )  # fmt: skip


def redirect(ports: Mapping[str, int]) -> None:
    """Send all TCP that comes in by each bridge of `ports` to that local port."""
    _transaction(*(_rule(bridge, port) for bridge, port in ports.items()))


def _rule(bridge: str, port: int) -> Message:
    name = bridge.encode().ljust(16, b"\0")
    expressions = nested(
        _NESTED | 4,
        _expression("meta", _be32(2, _META_IIFNAME), _be32(1, _REGISTER)),
        _compare(name),
        _expression("meta", _be32(2, _META_L4PROTO), _be32(1, _REGISTER)),
        _compare(bytes([socket.IPPROTO_TCP])),
        _expression("immediate", _be32(1, _REGISTER), _data(2, struct.pack(">H", port))),
        _expression("redir", _be32(1, _REGISTER)),
    )
    body = _head() + attribute(1, _TABLE) + attribute(2, _CHAIN) + expressions
    return Message(_NEWRULE, _CREATE | _APPEND, body, f"nftables: redirect tcp of {bridge}")


def _expression(name: str, *attributes: bytes) -> bytes:
    return nested(_NESTED | 1, attribute(1, name), nested(_NESTED | 2, *attributes))


def _compare(value: bytes) -> bytes:
    return _expression("cmp", _be32(1, _REGISTER), _be32(2, _EQUAL), _data(3, value))


def _data(kind: int, value: bytes) -> bytes:
    return nested(_NESTED | kind, attribute(1, value))


def _be32(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">i", value))


def _head() -> bytes:
    return struct.pack(">BBH", socket.AF_INET, 0, 0)


def _transaction(*messages: Message) -> None:
    mark = struct.pack(">BBH", 0, 0, 10)
    with Netlink(_NETFILTER) as netlink:
        netlink.send_batch(Message(_BATCH_BEGIN, 0, mark, "begin"), messages, Message(_BATCH_END, 0, mark, "end"))
