"""The container's side of its network: loopback, addresses, the way out, sysctls, and sockets for its name server."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from longshore.native.inside.order import Interface
from longshore.native.kernel.netlink import Netlink, add_address, default_route, link_up

__all__ = ["NAME_SERVER", "bring_up", "name_server_sockets", "set_sysctls"]

NAME_SERVER = "127.0.0.11"
"""Where Docker's containers find their name server, so that files which name it (nginx's `resolver`) hold here too."""

_LOOPBACK = 1
_DEFAULTS = {
    "net/ipv4/ip_unprivileged_port_start": "0",
    "net/ipv4/ping_group_range": "0 0",
    "net/ipv6/conf/default/disable_ipv6": "1",
}


def bring_up(interfaces: Iterable[Interface]) -> None:
    with Netlink() as netlink:
        messages = [link_up(_LOOPBACK)]
        gateways = []
        for interface in interfaces:
            index = socket.if_nametoindex(interface.name)
            messages += [add_address(index, interface.address, interface.prefix), link_up(index)]
            if interface.gateway:
                gateways.append(default_route(interface.gateway))
        netlink.send([*messages, *gateways])


def name_server_sockets() -> tuple[int, int]:
    """A UDP and a listening TCP socket on the name server's address in here; the agent answers on them."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    udp.bind((NAME_SERVER, 53))
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    tcp.bind((NAME_SERVER, 53))
    tcp.listen(16)
    return udp.detach(), tcp.detach()


def set_sysctls(wanted: Mapping[str, str], *, own_network: bool) -> None:
    """Docker's own settings where the kernel takes them, then the file's, which must be taken."""
    if own_network:
        for path, value in _DEFAULTS.items():
            with contextlib.suppress(OSError):
                _write(path, value)
    for key, value in wanted.items():
        _write(key.replace(".", "/"), value)


def _write(path: str, value: str) -> None:
    (Path("/proc/sys") / path).write_text(value, encoding="ascii")
