"""Rows of progress, from events."""

from __future__ import annotations

from longshore.report.progress import Progress
from longshore.state.events import BuildFinished, ContainerStarted, ImageReady
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


def test_what_runs_is_the_image_that_was_built_not_the_base_that_was_fetched_last() -> None:
    progress = Progress({"demo-web-1": "web"}, ("web",))
    progress.take(ImageReady(service="web", image="nginx:alpine", runs="nginx 1.22"))
    progress.take(ImageReady(service="web", image="node:22", runs="node 22.20"))
    progress.take(BuildFinished(service="web", image="demo-web", runs="nginx 1.22"))
    assert progress.rows["web"].runs == "nginx 1.22"
