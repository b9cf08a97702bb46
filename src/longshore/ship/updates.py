"""The update rule: whether a service can change without an interruption, and by which steps. Pure."""

from __future__ import annotations

from typing import Any

from longshore.model.healthcheck import HealthCheck
from longshore.model.quantities import in_nanoseconds, nanoseconds, seconds
from longshore.model.record import record
from longshore.model.servers import server_of
from longshore.model.service import Service
from longshore.ship.routes import is_routed

__all__ = ["Rule", "config", "replicas", "rule_of"]

LEAST_MONITOR = 5.0
"""Seconds for which a task without a health check is watched: a Swarm's own default."""


@record
class Rule:
    """How a service changes. `interrupts` says why it does not answer meanwhile, "" when it does. `monitor`: seconds
    for which a new task is watched after its start. `parallelism`: half the replicas, of which the odd one counts only
    where none is missing meanwhile."""

    order: str
    interrupts: str
    monitor: float
    parallelism: int


def rule_of(service: Service, check: HealthCheck | None) -> Rule:
    """By the service and its health check, the image's own included."""
    given = service.deploy.update_config if service.deploy else {}
    why = _why_not(service, check)
    order = str(given.get("order") or ("stop-first" if why else "start-first"))
    if order == "start-first" and _held_port(service):
        order = "stop-first"
    interrupts = "" if order == "start-first" else why or "the file says stop-first"
    own = seconds(str(given["monitor"])) if given.get("monitor") else 0.0
    needed = check.deadline if check and check.active else LEAST_MONITOR
    parallelism = given.get("parallelism")
    wanted = replicas(service)
    half = -(-wanted // 2) if order == "start-first" else max(1, wanted // 2)
    return Rule(order, interrupts, own or needed, int(parallelism) if parallelism is not None else half)


def _why_not(service: Service, check: HealthCheck | None) -> str:
    held = _held_port(service)
    if held:
        return f"its task holds port {held} of the node until it ends"
    if server_of(service):
        return f"two {server_of(service)} servers must not share one volume"
    return "" if check and check.active else "it has no health check: nobody knows when a new task answers"


def _held_port(service: Service) -> str:
    """A port that only one task of a node can have. One that is bound to an address is not published at all."""
    held = (p.published for p in service.ports if p.published and not p.host_ip and not is_routed(service, p))
    return next(held, "")


def replicas(service: Service) -> int:
    """How many tasks are wanted."""
    if service.deploy and service.deploy.replicas is not None:
        return service.deploy.replicas
    return service.scale


def config(rule: Rule, service: Service) -> dict[str, Any]:
    """The rule as UpdateConfig and RollbackConfig of the Engine API."""
    given = service.deploy.update_config if service.deploy else {}
    return {
        "Parallelism": rule.parallelism,
        "Delay": nanoseconds(str(given.get("delay") or "0s")),
        "FailureAction": "rollback",
        "Monitor": in_nanoseconds(rule.monitor),
        "MaxFailureRatio": float(given.get("max_failure_ratio") or 0.0),
        "Order": rule.order,
    }
