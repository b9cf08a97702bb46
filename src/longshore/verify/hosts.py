"""Which services a service names: in addresses of its environment and its command. Pure."""

from __future__ import annotations

import re

from longshore.model.service import Service
from longshore.model.stack import Stack

__all__ = ["hosts_named", "neighbours"]

_IN_URL = re.compile(r"(?:^|[\s,;:'\"=(\[])[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?(?P<host>[\w.-]+)", re.IGNORECASE)
_WITH_PORT = re.compile(r"(?:^|,)\s*(?P<host>[\w.-]+):\d+\s*(?=,|$)")
_OTHERS = re.compile(r"(?:CORS|ORIGIN|ALLOWED|TRUSTED|PUBLIC)", re.IGNORECASE)
"""Variables whose addresses are those of callers, or for a browser: the service itself goes to none of them."""
_HOST = re.compile(r"(?:^|_|PG)(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$", re.IGNORECASE)


def hosts_named(stack: Stack, service: Service) -> tuple[str, ...]:
    """The services of the stack that this one names, in the order of the file, itself left out."""
    found: set[str] = set()
    for name, value in service.environment.items():
        if value and not _OTHERS.search(name):
            found |= _hosts(value)
            if _HOST.search(name):
                found.add(value)
    for word in service.command or ():
        found |= _hosts(word)
    aliases = {
        alias: other.name
        for other in stack.services.values()
        for alias in (other.name, other.hostname, other.container_name, *_aliases(other))
        if alias
    }
    named = {aliases[host] for host in found if host in aliases}
    return tuple(name for name in stack.services if name in named and name != service.name)


def _hosts(text: str) -> set[str]:
    return {one["host"] for pattern in (_IN_URL, _WITH_PORT) for one in pattern.finditer(text)}


def _aliases(service: Service) -> tuple[str, ...]:
    return tuple(alias for use in service.networks.values() for alias in use.aliases)


def neighbours(stack: Stack, service: Service) -> tuple[frozenset[str], frozenset[str]]:
    """The other services that share a network with it, and those that do not; of services with networks of their
    own."""
    others = {name: one for name, one in stack.services.items() if name != service.name and one.networks}
    near = frozenset(name for name, one in others.items() if set(one.networks) & set(service.networks))
    return near, frozenset(others) - near
