"""A container on another's network, or on the host's: with it come the other's host name, hosts file and resolver file,
as on Docker."""

from __future__ import annotations

import os

from longshore.model.record import replace
from longshore.native.shared.spec import ContainerSpec

__all__ = ["named_as"]


def named_as(spec: ContainerSpec, owner: ContainerSpec | None) -> ContainerSpec:
    """`spec` with the host name that it has at this start: that of the `owner` of its network; the machine's own where
    it is on the machine's network and asks for no other."""
    if owner:
        return _named(spec, owner.hostname, owner.domainname)
    if spec.network_mode == "host" and spec.hostname == spec.id:
        return _named(spec, os.uname().nodename, spec.domainname)
    return spec


def _named(spec: ContainerSpec, hostname: str, domainname: str) -> ContainerSpec:
    """The variable HOSTNAME follows, unless the file gives it another value."""
    environment = dict(spec.environment)
    if environment.get("HOSTNAME") == spec.hostname:
        environment["HOSTNAME"] = hostname
    return replace(spec, hostname=hostname, domainname=domainname, environment=environment)
