"""Who holds a port of this machine: a container of the engine, or a process (named on Linux only)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from longshore.model.record import replace
from longshore.model.service import Port, Service
from longshore.state.sockets import held, listening

__all__ = ["container_holding", "is_free", "process_holding", "with_free_ports"]


def is_free(host_ip: str, port: int, protocol: str) -> bool:
    """Whether the address can be bound now."""
    family = socket.AF_INET6 if ":" in host_ip else socket.AF_INET
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host_ip or "0.0.0.0", port))
        except PermissionError:
            return True  # a low port: the engine may bind it even where we may not
        except OSError as error:
            return error.errno != 98  # EADDRINUSE; any other answer is the engine's to give
    return True


def with_free_ports(service: Service, free: Callable[[str, int, str], bool] = is_free) -> Service:
    """The service with each fixed port that is taken left to the engine's choice (--ports auto)."""

    def chosen(port: Port) -> Port:
        taken = port.published.isdigit() and not free(port.host_ip, int(port.published), port.protocol)
        return replace(port, published="") if taken else port

    return replace(service, ports=tuple(chosen(port) for port in service.ports))


def container_holding(containers: Sequence[Mapping[str, Any]], port: int, protocol: str) -> str:
    """The name of the running container that publishes the port, "" when none does. Pure."""
    for container in containers:
        for found in container.get("Ports") or ():
            if found.get("PublicPort") == port and found.get("Type") == protocol:
                return str(container["Names"][0]).lstrip("/")
    return ""


def process_holding(port: int) -> str:
    """The listening process in words ("node (pid 19552)"), "another program" when it cannot be told."""
    sockets = listening(Path("/proc/net"), port)
    for folder in Path("/proc").glob("[0-9]*") if sockets else ():
        with contextlib.suppress(OSError):
            if not sockets.isdisjoint(held(folder)):
                return f"{(folder / 'comm').read_text().strip()} (pid {folder.name})"
    return "another program"
