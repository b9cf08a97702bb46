"""What `ps` prints: a table for people, Docker Compose's own JSON shape for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from longshore.report.line import Line, Span, columns
from longshore.report.times import address, age

if TYPE_CHECKING:
    from longshore.state.observed import Container, Published

__all__ = ["container_facts", "container_json", "ps_table", "status_text"]

_STATE_STYLES = {"running": "healthy", "restarting": "waiting", "paused": "waiting", "created": "dim", "dead": "failed"}
EVERYWHERE = ("0.0.0.0", "::")
_HEALTH_STYLES = {"healthy": "healthy", "starting": "waiting", "unhealthy": "failed"}


def ps_table(containers: Sequence[Container], now: float, *, unicode: bool = True) -> list[Line]:
    """One line a container: what it is, how it is, what really runs, since when, where it answers."""
    several = {c.service for c in containers if c.number > 1 or c.oneoff}
    head = tuple(Span(word, "dim") for word in ("SERVICE", "STATE", "HEALTH", "RUNS", "UP", "PORTS"))
    return columns([head, *(_row(c, now, several, unicode) for c in containers)])


def _row(container: Container, now: float, several: set[str], unicode: bool) -> tuple[Span, ...]:
    dash = "–" if unicode else "-"
    label = f"{container.service}-{container.number}" if container.service in several else container.service
    return (
        Span(container.name if container.oneoff else label, "name"),
        Span(_state(container), _state_style(container)),
        Span(_health(container) or dash, _HEALTH_STYLES.get(container.health, "dim")),
        Span(container.runs or container.image or dash),
        Span(age(now - container.started) if container.state == "running" and container.started else dash),
        Span(_ports(_open(container), unicode) or dash),
    )


def _open(container: Container) -> tuple[Published, ...]:
    """The ports that answer: those of a container that runs."""
    return container.ports if container.state in ("running", "paused", "restarting") else ()


def _told(container: Container) -> Iterator[tuple[str, Published]]:
    """The same with their addresses, as Docker tells them: in their order inside, what is on every address on
    each kind."""
    for port in sorted(_open(container), key=lambda port: port.target):
        for host in EVERYWHERE if port.published and not port.host_ip else (port.host_ip,):
            yield host, port


def _state(container: Container) -> str:
    if container.state == "exited":
        return f"exited ({container.exit_code})"
    return container.state


def _state_style(container: Container) -> str:
    if container.state == "exited":
        return "failed" if container.exit_code else "done"
    return _STATE_STYLES.get(container.state, "")


def _health(container: Container) -> str:
    if container.health == "healthy" and container.seen_by:
        return f"healthy (seen by {container.seen_by})"
    return container.health


def _ports(ports: Iterable[Published], unicode: bool) -> str:
    arrow = "→" if unicode else "->"
    return ", ".join(dict.fromkeys(address(port, arrow) for port in ports if port.published))


def container_json(container: Container, project: str, now: float, *, full: bool = False) -> str:
    """One line of `ps --format json`, keys and types as Docker Compose prints them; `full`: nothing shortened."""
    facts = container_facts(container, project, now, full=full)
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False)


def container_facts(container: Container, project: str, now: float, *, full: bool = False) -> Mapping[str, Any]:
    """What `ps` knows of a container, by Docker Compose's names; `full`: nothing shortened."""
    return {
        "Command": _command(container.command, full),
        "CreatedAt": _stamp(container.created),
        "ExitCode": container.exit_code if container.state in ("exited", "dead") else 0,
        "Health": container.health if container.state == "running" else "",
        "ID": container.id if full else container.id[:12],
        "Image": container.image,
        "Labels": ",".join(f"{key}={value}" for key, value in container.labels.items()),
        "LocalVolumes": str(len(container.volumes)),
        "Mounts": ",".join(container.volumes),
        "Name": container.name,
        "Names": container.name,
        "Networks": ",".join(container.networks),
        "Ports": ", ".join(_docker_port(host, port) for host, port in _told(container)),
        "Project": project,
        "Publishers": [_publisher(host, port) for host, port in _told(container)],
        "RunningFor": f"{_long_age(now - container.created)} ago" if container.created else "",
        "Service": container.service,
        "Size": "0B",
        "State": container.state,
        "Status": status_text(container, now),
    }


def _command(command: str, full: bool) -> str:
    """In quotes, and no longer than Docker shows it."""
    text = command if full or len(command) <= 20 else f"{command[:19]}…"
    return json.dumps(text, ensure_ascii=False)


def _docker_port(address: str, port: Published) -> str:
    host = f"[{address}]" if ":" in address else address
    head = f"{host}:{port.published}->" if port.published else ""
    return f"{head}{port.target}/{port.protocol}"


def _publisher(address: str, port: Published) -> Mapping[str, Any]:
    return {
        "URL": address,
        "TargetPort": port.target,
        "PublishedPort": port.published,
        "Protocol": port.protocol,
    }


def status_text(container: Container, now: float) -> str:
    """Docker's sentence: "Up 2 minutes (healthy)", "Exited (1) 3 seconds ago"."""
    health = {"healthy": " (healthy)", "unhealthy": " (unhealthy)", "starting": " (health: starting)"}
    match container.state:
        case "running":
            return f"Up {_long_age(now - container.started)}{health.get(container.health, '')}"
        case "paused":
            return f"Up {_long_age(now - container.started)} (Paused)"
        case "restarting":
            return f"Restarting ({container.exit_code}) {_long_age(now - container.finished)} ago"
        case "exited":
            return f"Exited ({container.exit_code}) {_long_age(now - container.finished)} ago"
        case other:
            return other.capitalize()


def _long_age(seconds: float) -> str:
    """A duration in the words of Docker's go-units: the smaller unit until two of the larger are full."""
    whole = int(max(0.0, seconds))
    hours = int(whole / 3600 + 0.5)
    if whole < 1:
        return "Less than a second"
    if whole < 60:
        return f"{whole} second{'s' if whole != 1 else ''}"
    if whole < 120:
        return "About a minute"
    if whole < 3600:
        return f"{whole // 60} minutes"
    if hours == 1:
        return "About an hour"
    return next(f"{hours // length} {word}" for below, length, word in _LONG if hours < below)


_LONG = (
    (48, 1, "hours"),
    (24 * 14, 24, "days"),
    (24 * 60, 24 * 7, "weeks"),
    (24 * 730, 24 * 30, "months"),
    (float("inf"), 24 * 365, "years"),
)
"""(hours below which it holds, hours in the unit, the unit)."""


def _stamp(time: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC") if time else ""
