"""What the proxy that all projects of a Swarm share is asked to do: hosts and ports, and the services behind them.
Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from longshore.model.errors import Place, ShoreError
from longshore.model.record import record
from longshore.model.servers import server_of
from longshore.model.service import EMPTY, Port, Service
from longshore.model.stack import Stack
from longshore.ship.settings import Settings

__all__ = ["EDGE", "EDGE_NETWORK", "IMAGE", "PROXY", "Piece", "Route", "bad_routes", "conflicts", "entry_of",
           "from_json", "is_routed", "piece_of"]  # fmt: skip

PROXY, EDGE_NETWORK, IMAGE = "longshore-proxy", "longshore-edge", "caddy:2"
EDGE = "edge"
"""The entry of the ports 80 and 443; every other port is an entry of its own, so that a new one replaces no proxy that
serves."""
HTTP = frozenset({"http", "http1", "http2", "h2c", "grpc", "ws"})


@record
class Route:
    """`host` with `port` 80 is a name; "" is whatever comes by the published `port`. It goes to `target` of the Swarm's
    service `service`."""

    host: str
    port: int
    service: str
    target: int

    def __str__(self) -> str:
        return self.host or f"port {self.port}"


@record
class Piece:
    """What one project asks for. `tls` is auto, internal, off, cert (then `cert` and `key` are the names of Swarm
    secrets) or acme (then that is the directory's URL, and `ca` the name of the secret that has its root, or "").
    `answer_within` in seconds."""

    project: str
    routes: tuple[Route, ...] = ()
    tls: str = "auto"
    cert: str = ""
    key: str = ""
    answer_within: float = 30.0
    acme: str = ""
    ca: str = ""

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the Swarm secrets that its certificates need."""
        return frozenset({self.cert, self.key, self.ca} - {""})

    def __bool__(self) -> bool:
        return bool(self.routes)

    def as_json(self) -> bytes:
        routes = [[one.host, one.port, one.service, one.target] for one in self.routes]
        found = {"project": self.project, "routes": routes, "tls": self.tls, "cert": self.cert, "key": self.key,
                 "acme": self.acme, "ca": self.ca, "answer_within": self.answer_within}  # fmt: skip
        return json.dumps(found, sort_keys=True).encode()


def from_json(content: bytes) -> Piece:
    """What as_json wrote."""
    found = json.loads(content)
    return Piece(**{**found, "routes": tuple(Route(*one) for one in found["routes"])})


def entry_of(route: Route) -> str:
    """Which of the proxy's services takes it."""
    return EDGE if route.host or route.port == 80 else f"port-{route.port}"


def is_routed(service: Service, port: Port) -> bool:
    """Whether a published port moves behind the proxy: it speaks HTTP, as far as one can know, and the file does not
    say `mode: host`."""
    if port.protocol != "tcp" or port.host_ip or not port.published.isdigit() or port.mode == "host":
        return False
    return port.app_protocol.lower() in HTTP if port.app_protocol else not server_of(service)


def piece_of(stack: Stack, settings: Settings, secrets: Mapping[str, str] = EMPTY) -> Piece:
    """The hosts of the settings, then the published ports. `secrets`: the names of those with the files of tls."""
    hosts = [
        Route(host, 80, f"{stack.name}_{service}", target)
        for host, (service, target) in settings.hosts.items()
        if service in stack.services
    ]
    ports = [
        Route("", int(port.published), f"{stack.name}_{service.name}", port.target)
        for service in stack.services.values()
        for port in service.ports
        if is_routed(service, port)
    ]
    return Piece(
        stack.name,
        (*hosts, *ports),
        settings.tls,
        secrets.get("cert", ""),
        secrets.get("key", ""),
        settings.answer_within,
        settings.acme,
        secrets.get("ca", ""),
    )


def conflicts(piece: Piece, others: Iterable[Piece], locate: Callable[[str], Place | None]) -> Iterator[ShoreError]:
    """Hosts and ports that another project of the Swarm has already. `locate` gives the place of a host."""
    taken = {(one.host, one.port): other.project for other in others for one in other.routes}
    for route in piece.routes:
        owner = taken.get((route.host, route.port))
        if owner and owner != piece.project:
            yield ShoreError(
                f"{route} is routed to the project {owner} already",
                hint=f"take another, or free it: shore -p {owner} ship down",
                place=locate(route.host) if route.host else None,
            )


def bad_routes(stack: Stack, settings: Settings, edges: int) -> Iterator[ShoreError]:
    """What the proxy cannot do. `edges`: on how many nodes it runs."""
    for service in stack.services.values():
        for port in service.ports:
            if is_routed(service, port) and port.published == "443":
                yield ShoreError(
                    f"services.{service.name}.ports: 443 is the proxy's, which holds the certificates",
                    hint="publish port 80, and name hosts and tls under x-longshore.ship",
                    place=port.place or service.place("ports"),
                )
    if settings.hosts and settings.tls in ("auto", "acme") and edges > 1:
        yield ShoreError(
            f"x-longshore.ship.tls: {settings.tls} fetches certificates on one node; the proxy runs on {edges}",
            hint="tls: {cert: FILE, key: FILE}, or internal, or one node labelled longshore.edge=yes",
        )
