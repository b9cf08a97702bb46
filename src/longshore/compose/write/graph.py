"""A project's services and what they depend on as a graph for Graphviz, as `docker compose alpha viz` writes it (which
has them in any order; here by name)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from longshore.compose.types.project import Project
from longshore.model.record import record

__all__ = ["GraphOptions", "graph_text"]


@record
class GraphOptions:
    """What else a node shows, and what a line begins with."""

    networks: bool = False
    ports: bool = False
    images: bool = False
    indent: str = "\t"


def graph_text(project: Project, options: GraphOptions) -> str:
    """The graph in Graphviz's language."""
    services = sorted(project.services.items())
    nodes = [
        f'"{name}" [style="filled" label=<{"".join(_label(project, name, service, options))}>];'
        for name, service in services
    ]
    edges = [
        f'"{name}" -> "{other}";'
        for name, service in services
        for other in sorted(service.get("depends_on") or {})
    ]  # fmt: skip
    lines = [f"{options.indent}{line}\n" for line in ("layout=dot;", *nodes)]
    return f'digraph "{project.name}" {{\n{"".join(lines)}\n' + "".join(f"{options.indent}{e}\n" for e in edges) + "}\n"


def _label(project: Project, name: str, service: dict[str, Any], options: GraphOptions) -> Iterator[str]:
    yield f'<font point-size="15">{name}</font>'
    networks: dict[str, Any] = service.get("networks") or {}
    if options.networks and networks:
        by_priority = sorted(networks, key=lambda key: (-((networks[key] or {}).get("priority") or 0), key))
        yield from _part("<br/><br/><b>Networks:</b>", [f"<br/>{key}" for key in by_priority])
    if options.ports and service.get("ports"):
        yield from _part("<br/><br/><b>Ports:</b>", [f"<br/>{_port(port)}" for port in service["ports"]])
    if options.images:
        yield from _part("<br/><br/><b>Image:</b>", [f"<br/>{project.image_of(name)}"])


def _part(title: str, lines: list[str]) -> Iterator[str]:
    yield f'<font point-size="10">{title}{"".join(lines)}</font>'


def _port(port: dict[str, Any]) -> str:
    address = f"{port['host_ip']}:" if port.get("host_ip") else ""
    published, protocol, mode = (port.get(key) or "" for key in ("published", "protocol", "mode"))
    return f"{address}{published}:{port.get('target')} ({protocol}, {mode})"
