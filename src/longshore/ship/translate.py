"""A stack as services, networks, secrets and configs of a Swarm, in the Engine API's own words. Pure: what must be
looked up comes in as Facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.model.errors import ShoreError, all_in_one
from longshore.model.graph import dependencies, start_order
from longshore.model.quantities import in_nanoseconds
from longshore.model.record import replace
from longshore.model.service import Port, Service
from longshore.model.stack import Network, Stack
from longshore.ship.container import container_spec
from longshore.ship.facts import Facts, Ship, Stored, Wanted
from longshore.ship.losses import losses, without_shell
from longshore.ship.objects import objects
from longshore.ship.routes import EDGE_NETWORK, is_routed, piece_of
from longshore.ship.secrets import check_words, content_name, leaving, secret_values
from longshore.ship.settings import Settings
from longshore.ship.updates import config, replicas, rule_of

__all__ = ["PROJECT", "SERVICE", "jobs_of", "translate", "waves_of"]

PROJECT, SERVICE = "com.docker.stack.namespace", "io.longshore.service"
"""Labels: of which project a thing is (Docker's own, so that its tools show it), and of which service."""
NANO = 1_000_000_000


def translate(stack: Stack, settings: Settings, facts: Facts, *, strict: bool = False) -> Ship:
    """The whole release. Raises ShoreError with everything that cannot be shipped; `strict`: what is left out, too."""
    values = {**secret_values(stack, settings.secrets), **_contents(facts)}
    left_out, problems = losses(stack, facts)
    problems += [error for service in stack.services.values() for error in check_words(service, values)]
    leaves = {name: leaving(one, values, settings.secrets) for name, one in stack.services.items()}
    problems += without_shell(stack, leaves, facts)
    if strict:
        problems += [ShoreError(text, hint="take it out, or leave --strict out") for text in left_out]
    if problems:
        raise all_in_one(problems)
    stored: dict[str, Stored] = {}
    wanted: list[Wanted] = []
    waves, jobs = waves_of(stack), jobs_of(stack)
    for name in start_order(stack.services):
        service = stack.services[name]
        found = objects(stack, service, leaves[name], values, facts)
        stored |= {one.name: one for one in found.stored}
        container = container_spec(stack, service, leaves[name], found, facts)
        wanted.append(_wanted(stack, service, container, facts, waves[name], job=name in jobs))
    files = {part: _certificate(stack, settings, part, facts) for part in settings.tls_files}
    stored |= {one.name: one for one in files.values()}
    piece = piece_of(stack, settings, {part: one.name for part, one in files.items()})
    routed = {route.service for route in piece.routes} | facts.joined
    wanted = [_joined(one) if one.name in routed and not one.job else one for one in wanted]
    used = {key for service in stack.services.values() for key in service.networks}
    networks = {
        network.name: _network(stack, network)
        for key, network in stack.networks.items()
        if key in used and not network.external
    }
    return Ship(stack.name, tuple(wanted), networks, tuple(stored.values()), tuple(left_out), piece)


_IN_PEM = ("a certificate with its chain and its key, each in PEM", "the authority's root certificate in PEM")


def _certificate(stack: Stack, settings: Settings, part: str, facts: Facts) -> Stored:
    """The file of a certificate, its key or an authority's root as a secret."""
    content = facts.files.get(f"tls:{part}")
    if content is None:
        raise ShoreError(f"x-longshore.ship.tls.{part}: there is no file {settings.tls_files[part]}",
                         hint=_IN_PEM[part == "ca"])  # fmt: skip
    return Stored("secret", content_name(stack.name, f"tls.{part}", content), content)


def _joined(one: Wanted) -> Wanted:
    """In the proxy's network too, without a name of its own there."""
    task = one.spec["TaskTemplate"]
    networks = [*task.get("Networks", ()), {"Target": EDGE_NETWORK}]
    return replace(one, spec={**one.spec, "TaskTemplate": {**task, "Networks": networks}})


def _contents(facts: Facts) -> dict[str, str]:
    """What the secrets hold that are files, each with its key."""
    held = {key: content for key, content in facts.files.items() if key.startswith("secret:") and content}
    return {content.decode("utf-8", "replace").strip(): key for key, content in held.items()}


def waves_of(stack: Stack) -> Mapping[str, int]:
    """How many services in a row each waits for."""
    found: dict[str, int] = {}
    for name in start_order(stack.services):
        needs = [found[need] for need in dependencies(stack.services[name]) if need in found]
        found[name] = max(needs, default=-1) + 1
    return found


def jobs_of(stack: Stack) -> frozenset[str]:
    """The services that run to their end: somebody waits for it, or their mode says so."""
    waited = {
        dependency.service
        for service in stack.services.values()
        for dependency in service.depends_on.values()
        if dependency.condition == "service_completed_successfully"
    }
    named = {s.name for s in stack.services.values() if s.deploy and s.deploy.mode.endswith("-job")}
    return frozenset((waited | named) & stack.services.keys())


def _wanted(stack: Stack, service: Service, container: dict[str, Any], facts: Facts, wave: int, *, job: bool) -> Wanted:
    image = facts.images[service.name].healthcheck
    check = service.healthcheck.over(image) if service.healthcheck else image
    rule = None if job else rule_of(service, check)
    template = {
        "ContainerSpec": container,
        "RestartPolicy": {"Condition": "none"} if job else _restart(service),
        "Resources": _resources(service),
        "Placement": _placement(service, facts),
        "Networks": _attached(stack, service),
        "LogDriver": _logging(service),
    }
    labels = {PROJECT: stack.name, SERVICE: service.name, **(service.deploy.labels if service.deploy else {})}
    spec: dict[str, Any] = {
        "Name": f"{stack.name}_{service.name}",
        "Labels": labels,
        "TaskTemplate": {name: value for name, value in template.items() if value},
        "Mode": _mode(service, job=job),
    }
    if rule:
        spec["UpdateConfig"] = spec["RollbackConfig"] = config(rule, service)
        spec["EndpointSpec"] = _endpoint(service)
    return Wanted(service.name, spec["Name"], spec, wave, job, rule, replicas(service))


def _mode(service: Service, *, job: bool) -> dict[str, Any]:
    mode = service.deploy.mode if service.deploy else "replicated"
    if mode == "global-job":
        return {"GlobalJob": {}}
    if job:
        return {"ReplicatedJob": {"MaxConcurrent": replicas(service), "TotalCompletions": replicas(service)}}
    return {"Global": {}} if mode == "global" else {"Replicated": {"Replicas": replicas(service)}}


def _restart(service: Service) -> dict[str, Any]:
    """A service of a Swarm comes back unless the file says that it must not."""
    policy = service.restart
    told = service.raw.get("restart") or ((service.raw.get("deploy") or {}).get("restart_policy") or {}).get(
        "condition"
    )
    condition = "any" if not told or policy.condition in ("always", "unless-stopped") else policy.condition
    found = {
        "Condition": "none" if condition == "no" else condition,
        "MaxAttempts": policy.max_attempts or None,
        "Delay": in_nanoseconds(policy.delay),
        "Window": in_nanoseconds(policy.window),
    }
    return {name: value for name, value in found.items() if value is not None}


def _resources(service: Service) -> dict[str, Any]:
    given = service.resources
    reserved = (service.deploy.resources.get("reservations") or {}) if service.deploy else {}
    limits = {
        "NanoCPUs": round(given.cpus * NANO) if given.cpus else None,
        "MemoryBytes": given.memory,
        "Pids": given.pids if given.pids and given.pids > 0 else None,
    }
    reservations = {
        "NanoCPUs": round(float(reserved["cpus"]) * NANO) if reserved.get("cpus") else None,
        "MemoryBytes": given.memory_reservation,
    }
    found = {"Limits": limits, "Reservations": reservations}
    return {
        name: kept for name, part in found.items() if (kept := {key: value for key, value in part.items() if value})
    }


def _placement(service: Service, facts: Facts) -> dict[str, Any]:
    given = service.deploy.placement if service.deploy else {}
    constraints = list(given.get("constraints") or ())
    if not service.deploy or service.deploy.mode != "global":
        pins = (facts.pins.get(mount.source) for mount in service.mounts if mount.type == "volume")
        constraints += [pin for pin in dict.fromkeys(pins) if pin]
    spread = [
        {"Spread": {"SpreadDescriptor": one["spread"]}} for one in given.get("preferences") or () if one.get("spread")
    ]
    found = {
        "Constraints": constraints,
        "Preferences": spread,
        "MaxReplicas": given.get("max_replicas_per_node"),
    }
    return {name: value for name, value in found.items() if value}


def _attached(stack: Stack, service: Service) -> list[dict[str, Any]]:
    return [
        {
            "Target": stack.networks[key].name,
            "Aliases": [*dict.fromkeys([service.name, *use.aliases])],
            **({"DriverOpts": dict(use.driver_opts)} if use.driver_opts else {}),
        }
        for key, use in service.networks.items()
    ]


def _logging(service: Service) -> dict[str, Any] | None:
    if not service.logging.driver and not service.logging.options:
        return None
    return {"Name": service.logging.driver or "json-file", "Options": dict(service.logging.options)}


def _endpoint(service: Service) -> dict[str, Any]:
    """DNS gives the addresses of the tasks that are healthy; a virtual address needs the kernel's IPVS on every node,
    as does the mode ingress: what does not go behind the proxy is published by the node of its task."""
    ports = [_port(port) for port in service.ports if not port.host_ip and not is_routed(service, port)]
    own = service.deploy.endpoint_mode if service.deploy else ""
    return {"Mode": own or "dnsrr", **({"Ports": ports} if ports else {})}


def _port(port: Port) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Protocol": port.protocol,
        "TargetPort": port.target,
        "PublishMode": "host",
    }
    return {**found, "PublishedPort": int(port.published)} if port.published.isdigit() else found


def _network(stack: Stack, network: Network) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Name": network.name,
        "Driver": "overlay",
        "CheckDuplicate": True,
        "Attachable": network.attachable or None,
        "Internal": network.internal or None,
        "EnableIPv6": network.enable_ipv6 or None,
        "Options": dict(network.driver_opts),
        "Labels": {PROJECT: stack.name, **network.labels},
    }
    pools = [
        {name: value for name, value in (("Subnet", pool.subnet), ("Gateway", pool.gateway)) if value}
        for pool in network.ipam
    ]
    if pools:
        found["IPAM"] = {"Driver": network.ipam_driver or "default", "Config": pools}
    return {name: value for name, value in found.items() if value not in (None, {}, [])}
