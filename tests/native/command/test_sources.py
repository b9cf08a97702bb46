"""Where a project has its images from already, which images it names, and what no engine takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longshore.model.service import Build, Mount, Service
from longshore.model.stack import Stack, Volume
from longshore.native.command.refusals import refusals
from longshore.native.command.sources import asked_of_registries, held, references
from longshore.native.image.model import ImageConfig
from longshore.native.shared.records import ProjectRecord, Record
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.volumes import VolumeMeta, Volumes

TEXT = "FROM python:3 AS a\nFROM a\nCOPY --from=busybox /b /b"


def record(image: str, source: str) -> Record:
    return Record(ContainerSpec(image, image, "shop", "x", (), (), image=image, image_source=source))


def project(*records: Record) -> ProjectRecord:
    return ProjectRecord("shop", containers={one.spec.id: one for one in records})


def test_images_that_a_service_is_made_from() -> None:
    assert references(Service("a", image="redis:7")) == ("redis:7",)
    assert references(Service("a")) == ()
    built = Service("a", image="mine", build=Build("/x", dockerfile_inline=TEXT))
    assert sorted(references(built)) == ["busybox", "python:3"]


def test_what_no_service_builds_is_asked_of_registries() -> None:
    services = {
        "db": Service("db", image="postgres:16"),
        "app": Service("app", build=Build("/x", dockerfile_inline="FROM python:3")),
        "worker": Service("worker", image="shop-app"),
        "other": Service("other", image="postgres:16"),
    }
    assert asked_of_registries(Stack("shop", "/", services=services)) == ("postgres:16", "python:3")


def test_an_image_stays_from_where_its_container_has_it(tmp_path: Path) -> None:
    stack = Stack("shop", "/", services={"a": Service("a", image="r")})
    there = project(record("r", "registry"), record("p", "provider"), record("b", "build"), record("n", ""))
    assert held(stack, there, Volumes(tmp_path)) == {"r": "registry", "p": "builtin"}
    assert held(stack, None, Volumes(tmp_path)) == {}


@pytest.mark.parametrize(
    ("meta", "mount", "where"),
    [
        ({"server": "postgres", "source": "registry"}, {}, "registry"),
        ({"server": "postgres", "source": "provider"}, {}, "builtin"),
        ({"server": "postgres"}, {}, "from its container"),
        ({"source": "registry"}, {}, "from its container"),
        (None, {}, "from its container"),
        ({"server": "postgres", "source": "registry"}, {"type": "bind"}, "from its container"),
        ({"server": "postgres", "source": "registry"}, {"source": "unknown"}, "from its container"),
    ],
)
def test_who_wrote_the_data_counts_more(
    tmp_path: Path, meta: dict[str, str] | None, mount: dict[str, Any], where: str
) -> None:
    volumes = Volumes(tmp_path / "volumes")
    if meta is not None:
        volumes.create(VolumeMeta("shop_data", **meta))  # type: ignore[arg-type]
    mounts = (Mount("tmpfs", "/t"), Mount(**{"type": "volume", "target": "/d", "source": "data", **mount}))
    service = Service("db", image="postgres:16", mounts=mounts)
    stack = Stack("shop", "/", services={"db": service}, volumes={"data": Volume("data", "shop_data")})
    expected = {"registry": "registry", "builtin": "builtin"}.get(where)
    found = held(stack, project(), volumes)
    assert found == ({"postgres:16": expected} if expected else {})
    other = "provider" if where == "registry" else "registry"
    kept = "builtin" if other == "provider" else "registry"
    assert held(stack, project(record("postgres:16", other)), volumes) == {"postgres:16": expected or kept}


def said(service: Service, **config: Any) -> list[str]:
    return [error.what.partition(": ")[2] for error in refusals(service, ImageConfig(**config))]


def test_what_docker_refuses_when_a_container_is_made() -> None:
    assert said(Service("a", working_dir="/x", stop_signal="SIGTERM"), working_dir="y", stop_signal="NONE") == []
    assert said(Service("a", working_dir="x")) == [
        "the working directory 'x' is invalid, it needs to be an absolute path"
    ]
    assert said(Service("a"), working_dir="x") == said(Service("a", working_dir="x"))
    mounts = (Mount("volume", "data"), Mount("volume", "/./"), Mount("volume", "/.hidden"))
    assert said(Service("a", mounts=mounts, tmpfs=("t:size=1", "/ok:ro"))) == [
        "invalid mount path: 'data' mount path must be absolute",
        "invalid mount path: destination can't be '/./'",
        "invalid mount path: 't' mount path must be absolute",
    ]


@pytest.mark.parametrize(
    ("name", "good"),
    [("TERM", True), ("SIGTERM", True), ("9", True), ("0", False), ("RTMIN+3", True), ("SIGNONE", False), ("", True)],
)
def test_signals(name: str, good: bool) -> None:
    assert (said(Service("a", stop_signal=name)) == []) is good
    assert (said(Service("a"), stop_signal=name) == []) is good
