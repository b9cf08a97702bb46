"""A service as ContainerSpec of the Engine API: one table, the API's field and what of the service fills it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from longshore.docker.container.body import health_body
from longshore.model.healthcheck import HealthCheck
from longshore.model.quantities import in_nanoseconds
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.ship.facts import NO_NEW_PRIVILEGES, Facts, ImageFacts
from longshore.ship.objects import Objects, mounts
from longshore.ship.secrets import FOLDER, SCRIPT_PLACE, Leaving

__all__ = ["container_spec"]

_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


def container_spec(stack: Stack, service: Service, leaves: Leaving, stored: Objects, facts: Facts) -> dict[str, Any]:
    """The whole of it; what is empty is left out, so that the image's or the Swarm's own holds."""
    image = facts.images[service.name]
    found: dict[str, Any] = {
        "Image": image.reference,
        **_command(service, image, wrapped=bool(leaves.by_script)),
        "Env": _environment(service, leaves),
        "Mounts": mounts(stack, service),
        "Healthcheck": _health(service.healthcheck, image.healthcheck, wrapped=bool(leaves.by_script)),
        "Secrets": list(stored.secrets),
        "Configs": list(stored.configs),
        "Privileges": _privileges(service, facts),
        **{name: fill(service) for name, fill in _FIELDS.items()},
    }
    return {name: value for name, value in found.items() if value not in _EMPTY or value is False}


def _command(service: Service, image: ImageFacts, *, wrapped: bool) -> dict[str, Any]:
    """`Command` is the entry point and `Args` the command. The script begins, and becomes what the image would be."""
    if not wrapped:
        entry = None if service.entrypoint is None else list(service.entrypoint)
        return {"Command": entry, "Args": None if service.command is None else list(service.command)}
    entry = list(image.entrypoint if service.entrypoint is None else service.entrypoint)
    inherited = image.command if service.entrypoint is None else ()
    return {
        "Command": [SCRIPT_PLACE, *entry],
        "Args": list(inherited if service.command is None else service.command),
    }


def _environment(service: Service, leaves: Leaving) -> list[str]:
    kept = {name: value for name, value in service.environment.items() if name not in leaves.names}
    files = {f"{name}_FILE": f"{FOLDER}-files/{name}" for name in leaves.by_file}
    return [name if value is None else f"{name}={value}" for name, value in {**kept, **files}.items()]


def _health(own: HealthCheck | None, images: HealthCheck | None, *, wrapped: bool) -> dict[str, Any] | None:
    """The file's check; the image's holds by itself, unless it needs variables that the script exports."""
    check = own.over(images) if own else images if wrapped else None
    if check is None:
        return None
    if check.disable:
        return {"Test": ["NONE"]}
    found = health_body(check, with_start_interval=False)
    if wrapped and check.test[:1] == ("CMD-SHELL",):
        found["Test"] = ["CMD", SCRIPT_PLACE, "/bin/sh", "-c", *check.test[1:]]
    elif wrapped and check.test[:1] == ("CMD",):
        found["Test"] = ["CMD", SCRIPT_PLACE, *check.test[1:]]
    return found


def _privileges(service: Service, facts: Facts) -> dict[str, Any] | None:
    asked = any(option.startswith("no-new-privileges") and "false" not in option for option in service.security_opt)
    return {"NoNewPrivileges": True} if asked and facts.version >= NO_NEW_PRIVILEGES else None


def _hosts(service: Service) -> list[str]:
    """A Swarm wants them as /etc/hosts has them: the address first."""
    pairs = (entry.replace("=", ":", 1).partition(":") for entry in service.extra_hosts)
    return [f"{address.strip('[]')} {name}" for name, _, address in pairs]


def _dns(service: Service) -> dict[str, list[str]]:
    found = {
        "Nameservers": list(service.dns),
        "Search": list(service.dns_search),
        "Options": list(service.dns_opt),
    }
    return {name: value for name, value in found.items() if value}


def _hostname(service: Service) -> str:
    return f"{service.hostname}.{service.domainname}" if service.hostname and service.domainname else service.hostname


def _ulimits(service: Service) -> list[dict[str, Any]]:
    return [{"Name": name, "Soft": one.soft, "Hard": one.hard} for name, one in sorted(service.ulimits.items())]


_FIELDS: Mapping[str, Callable[[Service], Any]] = {
    "Labels": lambda s: dict(s.labels),
    "Hostname": _hostname,
    "Dir": lambda s: s.working_dir,
    "User": lambda s: s.user,
    "Groups": lambda s: list(s.group_add),
    "TTY": lambda s: s.tty or None,
    "OpenStdin": lambda s: s.stdin_open or None,
    "ReadOnly": lambda s: s.read_only or None,
    "Init": lambda s: s.init,
    "StopSignal": lambda s: s.stop_signal,
    "StopGracePeriod": lambda s: in_nanoseconds(s.stop_grace_period),
    "Hosts": _hosts,
    "DNSConfig": _dns,
    "Sysctls": lambda s: dict(s.sysctls),
    "CapabilityAdd": lambda s: list(s.cap_add),
    "CapabilityDrop": lambda s: list(s.cap_drop),
    "Ulimits": _ulimits,
}
