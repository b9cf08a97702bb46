"""Raw rtnetlink: links, addresses, routes. Small, because importing a whole library costs more than all of this."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from collections.abc import Iterable

from longshore.model.record import record

__all__ = [
    "Message", "Netlink", "add_address", "add_bridge", "add_veth", "attribute", "default_route",
    "delete_link", "link_up", "local_route", "nested",
]  # fmt: skip

_REQUEST, _ACK, _EXCLUSIVE, _CREATE = 1, 4, 0x200, 0x400
_ERROR = 2
_NEWLINK, _DELLINK, _NEWADDR, _NEWROUTE = 16, 17, 20, 24
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MASTER, _IFLA_LINKINFO, _IFLA_NET_NS_FD = 1, 3, 10, 18, 28
_INFO_KIND, _INFO_DATA, _VETH_PEER = 1, 2, 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_RTA_DST, _RTA_OIF, _RTA_GATEWAY = 1, 4, 5
_TABLE_MAIN, _PROTOCOL_BOOT, _SCOPE_UNIVERSE, _SCOPE_HOST, _UNICAST, _LOCAL = 254, 3, 0, 254, 1, 2
_UP = 1


@record
class Message:
    """`kind` is the netlink message type, `doing` what an error should say was tried."""

    kind: int
    flags: int
    body: bytes
    doing: str


def attribute(kind: int, value: bytes | str | int) -> bytes:
    """One netlink attribute: strings are ended by a zero, numbers are 32 bits in the machine's order."""
    if isinstance(value, str):
        value = value.encode() + b"\0"
    elif isinstance(value, int):
        value = struct.pack("=I", value)
    length = 4 + len(value)
    return struct.pack("=HH", length, kind) + value + b"\0" * (-length % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    return attribute(kind, b"".join(attributes))


class Netlink:
    """A netlink socket of the calling thread's network namespace."""

    def __init__(self, family: int = 0) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Netlink:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, messages: Iterable[Message]) -> None:
        """Send all in one call and read each answer. Raises OSError for the first that failed."""
        first, pending = self._sequence + 1, list(messages)
        self._socket.send(b"".join(self._pack(message, _REQUEST | _ACK) for message in pending))
        self._collect(first, pending)

    def send_batch(self, begin: Message, messages: Iterable[Message], end: Message) -> None:
        """One nfnetlink transaction: all of it holds, or nothing."""
        pending = list(messages)
        out = [self._pack(begin, _REQUEST)]
        first = self._sequence + 1
        out += [self._pack(message, _REQUEST | _ACK) for message in pending]
        out.append(self._pack(end, _REQUEST))
        self._socket.send(b"".join(out))
        self._collect(first, pending)

    def _pack(self, message: Message, flags: int) -> bytes:
        self._sequence += 1
        return (
            struct.pack("=IHHII", 16 + len(message.body), message.kind, flags | message.flags, self._sequence, 0)
            + message.body
        )

    def _collect(self, first: int, pending: list[Message]) -> None:
        answered, failure = 0, None
        while answered < len(pending):
            data, offset = self._socket.recv(65536), 0
            while offset < len(data):
                length, kind, _, sequence, _ = struct.unpack_from("=IHHII", data, offset)
                if kind == _ERROR:
                    code = -struct.unpack_from("=i", data, offset + 16)[0]
                    known = first <= sequence < first + len(pending)
                    answered += 1
                    if code and failure is None:
                        doing = pending[sequence - first].doing if known else "netlink batch"
                        failure = OSError(code, f"{doing}: {os.strerror(code)}")
                    if code and not known:
                        answered = len(pending)
                offset += (length + 3) & ~3
        if failure:
            raise failure


def _link(index: int = 0, flags: int = 0, change: int = 0) -> bytes:
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, change)


def add_bridge(name: str, hardware_address: bytes) -> Message:
    info = nested(_IFLA_LINKINFO, attribute(_INFO_KIND, b"bridge"))
    body = _link() + attribute(_IFLA_IFNAME, name) + attribute(_IFLA_ADDRESS, hardware_address) + info
    return Message(_NEWLINK, _EXCLUSIVE | _CREATE, body, f"make bridge {name}")


def add_veth(name: str, master: int, peer: str, peer_namespace: int, hardware_address: bytes) -> Message:
    """A veth pair: `name` here, up, on the bridge with index `master`; `peer` in the network namespace of a file
    descriptor, with its hardware address set."""
    other = (
        _link() + attribute(_IFLA_IFNAME, peer) + attribute(_IFLA_NET_NS_FD, peer_namespace)
        + attribute(_IFLA_ADDRESS, hardware_address)
    )  # fmt: skip
    info = nested(_IFLA_LINKINFO, attribute(_INFO_KIND, b"veth"), nested(_INFO_DATA, attribute(_VETH_PEER, other)))
    body = _link(flags=_UP, change=_UP) + attribute(_IFLA_IFNAME, name) + attribute(_IFLA_MASTER, master) + info
    return Message(_NEWLINK, _EXCLUSIVE | _CREATE, body, f"make veth {name}")


def link_up(index: int) -> Message:
    return Message(_NEWLINK, 0, _link(index, _UP, _UP), f"set link {index} up")


def delete_link(name: str) -> Message:
    return Message(_DELLINK, 0, _link() + attribute(_IFLA_IFNAME, name), f"delete link {name}")


def add_address(index: int, address: str, prefix: int) -> Message:
    raw = ipaddress.ip_address(address).packed
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    head = struct.pack("=BBBBI", family, prefix, 0, 0, index)
    body = head + attribute(_IFA_ADDRESS, raw) + attribute(_IFA_LOCAL, raw)
    return Message(_NEWADDR, _EXCLUSIVE | _CREATE, body, f"add address {address}/{prefix}")


def _route(prefix: int, table: int, scope: int, kind: int, attributes: bytes, doing: str) -> Message:
    head = struct.pack("=BBBBBBBBI", socket.AF_INET, prefix, 0, 0, table, _PROTOCOL_BOOT, scope, kind, 0)
    return Message(_NEWROUTE, _EXCLUSIVE | _CREATE, head + attributes, doing)


def default_route(gateway: str) -> Message:
    raw = ipaddress.ip_address(gateway).packed
    return _route(0, _TABLE_MAIN, _SCOPE_UNIVERSE, _UNICAST, attribute(_RTA_GATEWAY, raw), f"default via {gateway}")


def local_route(index: int) -> Message:
    """Treat every destination as this machine's own, so that listeners here take connections meant for others."""
    return _route(0, _TABLE_MAIN, _SCOPE_HOST, _LOCAL, attribute(_RTA_OIF, index), "local default route")
