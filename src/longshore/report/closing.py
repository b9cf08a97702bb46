"""The first and the last lines of `up` and `down`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from longshore.model.graph import dependencies
from longshore.model.stack import Stack
from longshore.report.line import Line, Span, pad, width
from longshore.report.progress import Progress
from longshore.report.timeline import Lap, critical_path
from longshore.report.times import prose
from longshore.state.observed import Container, Published

__all__ = ["addresses", "closing", "header", "laps_of", "needs_of", "opens_in_browser", "ready_line", "where"]

NOTABLE = 0.1
"""Seconds from which on making images is named as a part of the start."""

NOT_HTTP = frozenset(
    {22, 25, 53, 389, 587, 1025, 1433, 1521, 1883, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 27017}
)
"""Well-known ports of servers that do not speak HTTP: their address is shown without http://."""


def header(engine: str, project: str, count: int, reason: str) -> Line:
    """Which engine runs what, and why."""
    services = f"{count} service{'s' if count != 1 else ''}"
    note = f"   ({reason})" if reason else ""
    return (Span(f"{engine} · {project} · {services}", "bold"), Span(note, "dim"))


def laps_of(progress: Progress) -> dict[str, Lap]:
    """The laps of the services that this command started; a service with several containers is ready with its last."""
    laps: dict[str, Lap] = {}
    for row in progress.rows.values():
        if row.started and row.ended and row.state in ("healthy", "running", "completed"):
            known = laps.get(row.service)
            if known is None or known.ready < row.ended:
                laps[row.service] = Lap(row.service, row.started, row.ended)
    return laps


def _path(progress: Progress, needs: Mapping[str, Sequence[str]], began: float) -> list[tuple[str, float]]:
    """What made the start as long as it was: the build or pull that all containers waited for, then the services."""
    image, made = progress.last_image
    if not image:
        return critical_path(laps_of(progress), needs, began)
    path = critical_path(laps_of(progress), needs, made)
    return [(image, made - began), *path] if made - began >= NOTABLE else path


def ready_line(progress: Progress, needs: Mapping[str, Sequence[str]], began: float, now: float) -> Line:
    """How long it took, and because of what."""
    waiting = [row.label for row in progress.rows.values() if row.state == "starting"]
    begun = any(row.state not in ("created", "built", "fetched", "removed") for row in progress.rows.values())
    word = "started" if waiting else "ready" if begun else "made"
    path = _path(progress, needs, began)
    chain = " → ".join(f"{name} {took:.2f}" for name, took in path)
    text = f" · critical path {chain}" if len(path) > 1 else ""
    rest = f" · still starting: {', '.join(waiting)}" if waiting else ""
    return (Span(f"{word} in {prose(now - began)}", "bold"), Span(text + rest, "dim"))


def opens_in_browser(port: Published) -> bool:
    return port.protocol == "tcp" and port.target not in NOT_HTTP


def where(port: Published) -> str:
    """The address to use from this machine."""
    host = "127.0.0.1" if port.host_ip in ("", "0.0.0.0") else "[::1]" if port.host_ip == "::" else port.host_ip
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{'http://' if opens_in_browser(port) else ''}{host}:{port.published}"


def addresses(containers: Iterable[Container]) -> list[tuple[str, str]]:
    """Service and address of every published port, those for a browser first, each once."""
    found = {(c.service, where(port)): opens_in_browser(port) for c in containers for port in c.ports if port.published}
    return sorted(found, key=lambda pair: not found[pair])


def closing(containers: Iterable[Container], hint: str) -> list[Line]:
    """The addresses, with what to do next beside the first."""
    pairs = addresses(containers)
    if not pairs:
        return [(Span(f"  {hint}", "dim"),)] if hint else []
    name = max(width(service) for service, _ in pairs) + 3
    url = max(width(text) for _, text in pairs) + 6
    lines: list[Line] = []
    for index, (service, text) in enumerate(pairs):
        note = Span(hint if index == 0 else "", "dim")
        lines.append((Span("  " + pad(service, name)), Span(pad(text, url) if note.text else text, "bold"), note))
    return lines


def needs_of(stack: Stack) -> dict[str, tuple[str, ...]]:
    """What each service depends on, by name."""
    return {name: tuple(dependencies(service)) for name, service in stack.services.items()}
