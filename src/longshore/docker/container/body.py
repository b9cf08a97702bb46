"""A service as the body of POST /containers/create. Pure: everything that must be looked up comes in as a Context.

One table per part of the body: the API's field, and what of the service fills it. What is empty is left out, so that
the image's or the engine's own value holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from longshore.docker.api.versions import START_INTERVAL, ApiVersion
from longshore.docker.container.endpoints import MANY_AT_CREATE, by_priority, endpoint, network_mode
from longshore.docker.container.mounts import Inherited, mounts
from longshore.docker.container.resources import resources
from longshore.model.healthcheck import HealthCheck
from longshore.model.quantities import in_nanoseconds
from longshore.model.record import record
from longshore.model.service import EMPTY, Port, RestartPolicy, Service
from longshore.model.stack import Stack

__all__ = ["Context", "container_body", "health_body"]

DEFAULT_GRACE = 10.0
ANNOTATIONS = ApiVersion(1, 43)


@record
class Context:
    """What a service's container needs to know beyond its file: labels, proxies of the client's configuration,
    containers that stand for `service:` references, links by container name, volumes that come over, seccomp
    profiles by path, and what `run` asks for. `tmpfs_mode` is that of a tmpfs for which none is asked; None: the
    engine's own. `opened` are folders that the engine makes writable in a read-only container, unasked."""

    image: str
    number: int = 1
    version: ApiVersion = START_INTERVAL
    labels: Mapping[str, str] = EMPTY
    proxies: Mapping[str, str] = EMPTY
    modes: Mapping[str, str] = EMPTY
    volumes_from: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    inherited: tuple[Inherited, ...] = ()
    seccomp: Mapping[str, str] = EMPTY
    aliases: bool = True
    attach_stdin: bool = False
    auto_remove: bool = False
    tmpfs_mode: int | None = None
    opened: tuple[str, ...] = ()


def container_body(stack: Stack, service: Service, context: Context) -> dict[str, Any]:
    """The whole body. Deterministic: the same service and context give the same body."""
    body = {name: value for name, fill in _CONFIG.items() if not _empty(value := fill(service, context))}
    host = {name: value for name, fill in _HOST.items() if not _empty(value := fill(service, context))}
    found = mounts(stack, service, context.inherited, context.tmpfs_mode)
    host.update({"Binds": list(found.binds)} if found.binds else {})
    host.update({"Mounts": list(found.mounts)} if found.mounts else {})
    host.update(resources(service))
    host.update({"AutoRemove": True} if context.auto_remove else {})
    host["NetworkMode"] = context.modes.get("network_mode") or network_mode(stack, service)
    body["HostConfig"] = host
    networks = _networks(stack, service, context)
    if networks:
        body["NetworkingConfig"] = {"EndpointsConfig": networks}
    return body


def _empty(value: Any) -> bool:
    """None, "", and empty structures are not sent; False and 0 are."""
    return value is None or (not value and not isinstance(value, bool | int | float) and value is not _EMPTIED)


_EMPTIED: list[str] = []
"""An emptied command or entrypoint: sent as [], where None would keep the image's."""


def _argv(value: tuple[str, ...] | None) -> list[str] | None:
    if value is None:
        return None
    return list(value) if value else _EMPTIED


def _environment(service: Service, context: Context) -> list[str]:
    merged: dict[str, str | None] = {**context.proxies, **service.environment}
    return [name if value is None else f"{name}={value}" for name, value in merged.items()]


def _health(service: Service, context: Context) -> dict[str, Any] | None:
    check = service.healthcheck
    if check is None:
        return None
    if check.disable:
        return {"Test": ["NONE"]}
    return health_body(check, with_start_interval=context.version >= START_INTERVAL)


def health_body(check: HealthCheck, *, with_start_interval: bool) -> dict[str, Any]:
    """A check as the API has it; what is not given is left out."""
    found: dict[str, Any] = {
        "Test": list(check.test),
        "Interval": in_nanoseconds(check.interval),
        "Timeout": in_nanoseconds(check.timeout),
        "StartPeriod": in_nanoseconds(check.start_period),
        "StartInterval": in_nanoseconds(check.start_interval) if with_start_interval else None,
        "Retries": check.retries,
    }
    return {name: value for name, value in found.items() if value}


def _exposed(service: Service, context: Context) -> dict[str, Any]:
    del context
    named = [port if "/" in port else f"{port}/tcp" for port in service.expose]
    return {name: {} for name in [*named, *(f"{port.target}/{port.protocol}" for port in service.ports)]}


def _bindings(service: Service, context: Context) -> dict[str, Any]:
    del context
    found: dict[str, list[dict[str, str]]] = {}
    for port in service.ports:
        found.setdefault(f"{port.target}/{port.protocol}", []).append(_binding(port))
    return found


def _binding(port: Port) -> dict[str, str]:
    return {"HostIp": port.host_ip, "HostPort": port.published}


def _restart(policy: RestartPolicy) -> dict[str, Any] | None:
    if policy.condition == "no":
        return None
    return {"Name": policy.condition, "MaximumRetryCount": policy.max_attempts}


def _tmpfs(service: Service, context: Context) -> dict[str, str]:
    pairs = (entry.partition(":") for entry in service.tmpfs)
    asked = {target: _with_mode(options, context.tmpfs_mode) for target, _, options in pairs}
    mounted = {mount.target for mount in service.mounts} | {volume.target for volume in context.inherited}
    taken = [_place(target) for target in (*asked, *mounted)]
    return asked | {folder: _shut(folder, taken) for folder in context.opened if folder not in taken}


def _shut(folder: str, taken: Iterable[str]) -> str:
    """Nobody can write there. What is mounted below keeps the mode that it would have on an empty ground: the engine's
    copies of the image's folders lose theirs."""
    return "ro,notmpcopyup" if any(place.startswith(f"{folder}/") for place in taken) else "ro"


def _place(target: str) -> str:
    """Where it is mounted: images have /var/run as a link to /run."""
    clean = target.rstrip("/")
    return clean.removeprefix("/var") if f"{clean}/".startswith("/var/run/") else clean


def _with_mode(options: str, mode: int | None) -> str:
    named = any(option.startswith("mode=") for option in options.split(","))
    return options if mode is None or named else ",".join(filter(None, (options, f"mode={mode:o}")))


def _logging(service: Service, context: Context) -> dict[str, Any] | None:
    del context
    if not service.logging.driver and not service.logging.options:
        return None
    return {"Type": service.logging.driver, "Config": dict(service.logging.options)}


def _security(service: Service, context: Context) -> list[str]:
    """A seccomp profile's path becomes its content, as `docker` does; systempaths= is not the API's own."""
    found: list[str] = []
    for option in service.security_opt:
        name, _, value = option.partition("=" if "=" in option else ":")
        if option == "systempaths=unconfined":
            continue
        profile = context.seccomp.get(value) if name == "seccomp" else None
        found.append(f"seccomp={_compact(profile)}" if profile else option)
    return found


def _compact(profile: str) -> str:
    return json.dumps(json.loads(profile), separators=(",", ":"))


def _unmasked(service: Service, context: Context) -> list[str] | None:
    del context
    return _EMPTIED if "systempaths=unconfined" in service.security_opt else None


def _networks(stack: Stack, service: Service, context: Context) -> dict[str, Any]:
    """Endpoints at creation: all of them where the API can, else the main one."""
    if service.network_mode:
        return {}
    keys = by_priority(service)
    chosen = keys if context.version >= MANY_AT_CREATE else keys[:1]
    return {
        stack.networks[key].name: endpoint(
            stack, service, context.number, key, aliases=context.aliases, links=context.links
        )
        for key in chosen
    }


def _mac_address(service: Service, context: Context) -> str:
    """On the container before API 1.44; on its main network from there."""
    keys = by_priority(service)
    main = service.networks[keys[0]].mac_address if keys else ""
    return (service.mac_address or main) if context.version < MANY_AT_CREATE or not keys else ""


Fill = Callable[[Service, Context], Any]

_CONFIG: Mapping[str, Fill] = {
    "Image": lambda s, c: c.image,
    "Labels": lambda s, c: dict(c.labels),
    "Hostname": lambda s, c: s.hostname,
    "Domainname": lambda s, c: s.domainname,
    "User": lambda s, c: s.user,
    "WorkingDir": lambda s, c: s.working_dir,
    "Cmd": lambda s, c: _argv(s.command),
    "Entrypoint": lambda s, c: _argv(s.entrypoint),
    "Env": _environment,
    "ExposedPorts": _exposed,
    "Tty": lambda s, c: s.tty or None,
    "OpenStdin": lambda s, c: s.stdin_open or None,
    "AttachStdin": lambda s, c: c.attach_stdin or None,
    "StdinOnce": lambda s, c: (c.attach_stdin and s.stdin_open) or None,
    "AttachStdout": lambda s, c: True,
    "AttachStderr": lambda s, c: True,
    "StopSignal": lambda s, c: s.stop_signal,
    "StopTimeout": lambda s, c: int(s.stop_grace_period) if s.stop_grace_period != DEFAULT_GRACE else None,
    "Healthcheck": _health,
    "MacAddress": _mac_address,
}

_HOST: Mapping[str, Fill] = {
    "PortBindings": _bindings,
    "RestartPolicy": lambda s, c: _restart(s.restart),
    "CapAdd": lambda s, c: list(s.cap_add),
    "CapDrop": lambda s, c: list(s.cap_drop),
    "SecurityOpt": _security,
    "MaskedPaths": _unmasked,
    "ReadonlyPaths": _unmasked,
    "Privileged": lambda s, c: s.privileged or None,
    "ReadonlyRootfs": lambda s, c: s.read_only or None,
    "Init": lambda s, c: s.init,
    "Tmpfs": _tmpfs,
    "ShmSize": lambda s, c: s.shm_size,
    "Sysctls": lambda s, c: dict(s.sysctls),
    "GroupAdd": lambda s, c: list(s.group_add),
    "Dns": lambda s, c: list(s.dns),
    "DnsSearch": lambda s, c: list(s.dns_search),
    "DnsOptions": lambda s, c: list(s.dns_opt),
    "ExtraHosts": lambda s, c: [entry.replace("=", ":", 1) for entry in s.extra_hosts],
    "Links": lambda s, c: list(c.links),
    "VolumesFrom": lambda s, c: list(c.volumes_from),
    "PidMode": lambda s, c: c.modes.get("pid") or s.pid,
    "IpcMode": lambda s, c: c.modes.get("ipc") or s.ipc,
    "UTSMode": lambda s, c: s.uts,
    "CgroupnsMode": lambda s, c: s.cgroup,
    "UsernsMode": lambda s, c: s.userns_mode,
    "Runtime": lambda s, c: s.runtime,
    "Isolation": lambda s, c: s.isolation,
    "StorageOpt": lambda s, c: dict(s.storage_opt),
    "LogConfig": _logging,
    "OomScoreAdj": lambda s, c: s.oom_score_adj,
    "Annotations": lambda s, c: dict(s.annotations) if c.version >= ANNOTATIONS else None,
}
