"""Rows of progress, from events."""

from __future__ import annotations

from longshore.report.progress import Progress
from longshore.state.events import ContainerStarted
from longshore.state.observed import Published


def ports_shown(*ports: Published) -> list[str]:
    progress = Progress({"demo-web-1": "web"}, ("web",))
    progress.take(ContainerStarted(service="web", container="demo-web-1", ports=ports))
    return list(progress.rows["web"].ports)


def test_only_published_ports_are_shown_and_each_once() -> None:
    shown = ports_shown(
        Published("127.0.0.1", 8000, 80),
        Published("", 0, 9000),
        Published("127.0.0.1", 8000, 80),
        Published("", 90, 90),
    )
    assert shown == ["127.0.0.1:8000", "0.0.0.0:90"]
