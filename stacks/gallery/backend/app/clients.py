"""Who is asking: the address behind our own proxy, and whether they came over TLS."""

import socket
import time
from dataclasses import dataclass

from fastapi import Request

KNOWN_FOR_SECONDS = 30.0


@dataclass(frozen=True)
class Client:
    address: str
    secure: bool


class TrustedProxy:
    """The addresses of the one proxy whose forwarding headers are believed.

    The back end's port may be published as well: a header from anyone else is only a claim.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        self._addresses: frozenset[str] = frozenset()
        self._until = 0.0

    def __contains__(self, address: str) -> bool:
        if not self.host:
            return False
        if time.monotonic() >= self._until:
            self._addresses = self._resolve()
            self._until = time.monotonic() + KNOWN_FOR_SECONDS
        return address in self._addresses

    def _resolve(self) -> frozenset[str]:
        try:
            found = socket.getaddrinfo(self.host, None, type=socket.SOCK_STREAM)
        except OSError:
            return frozenset()
        return frozenset(str(entry[4][0]) for entry in found)


def client_of(request: Request) -> Client:
    peer = request.client.host if request.client else "unknown"
    if peer in request.app.state.trusted_proxy:
        forwarded = request.headers.get("x-real-ip", peer)
        return Client(forwarded[:64], request.headers.get("x-forwarded-proto") == "https")
    return Client(peer, request.url.scheme == "https")
