"""What `login` takes, volumes that belong to no project, and what a checked Dockerfile knows of its base images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from longshore.dockerfile.lint import lint as linting
from longshore.engine.base import ImageInfo
from longshore.engine.registry import logins
from longshore.flow import buildcheck
from longshore.flow.buildcheck import check_builds
from longshore.flow.home import Where
from longshore.flow.login import login, logout
from longshore.flow.volumes import create_volumes
from longshore.model.errors import ShoreError, UsageError
from longshore.model.service import Build, Service
from longshore.model.stack import Stack


@pytest.mark.parametrize("user", ["", "a:b", "a\nb"])
async def test_a_name_that_cannot_be_one_is_refused(user: str) -> None:
    with pytest.raises(UsageError, match="a user name is wanted"):
        await login("ghcr.io", user, "secret", {})


@pytest.mark.parametrize("password", ["", "x" * 65537])
async def test_a_password_must_be_one(password: str) -> None:
    with pytest.raises(UsageError, match="no password"):
        await login("ghcr.io", "me", password, {})


async def test_a_login_is_tried_and_kept_in_the_environment_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def keep(registry: str, one: Any, environ: Mapping[str, str]) -> str:
        asked.append((registry, one.user, one.password, dict(environ)))
        return "the file"

    async def forget(registry: str, environ: Mapping[str, str]) -> bool:
        asked.append((registry, dict(environ)))
        return registry == "known"

    monkeypatch.setattr(logins, "keep", keep)
    monkeypatch.setattr(logins, "forget", forget)
    assert await login("ghcr.io", "me", "x" * 65536, {"A": "1"}) == "the file"
    assert asked == [("ghcr.io", "me", "x" * 65536, {"A": "1"})]
    assert (await logout("known", {}), await logout("other", {})) == (True, False)


class Engines:
    """Engines that only make volumes."""

    def __init__(self, *answer: str) -> None:
        self.answer, self.made, self.closed = answer, list[Any](), list[str]()

    def reachable(self, name: str) -> bool:
        return name in self.answer

    def open(self, name: str) -> Any:
        engines = self

        class Engine:
            def __init__(self) -> None:
                self.name = name

            async def create_volume(self, stack: Stack, volume: Any) -> None:
                if volume.name == "bad":
                    raise ShoreError("bad")
                engines.made.append((name, stack.name, volume.key, volume.name, dict(volume.labels)))

            async def close(self) -> None:
                engines.closed.append(name)

        return Engine()


async def test_a_volume_is_made_on_the_engine_asked_for_else_on_the_first_that_answers() -> None:
    def where(engines: Engines, engine: str = "", **environ: str) -> Where:
        return Where(engine=engine, environ=environ, opens=engines)

    both = Engines("native", "docker")
    assert await create_volumes(where(both), ("a", "b"), {"l": "1"}) == "native"
    assert both.made == [("native", "", "", "a", {"l": "1"}), ("native", "", "", "b", {"l": "1"})]
    assert both.closed == ["native"]
    assert await create_volumes(where(both, "docker"), ("a",), {}) == "docker"
    assert await create_volumes(where(both, SHORE_ENGINE="docker"), ("a",), {}) == "docker"
    assert await create_volumes(where(Engines("docker")), ("a",), {}) == "docker"
    assert await create_volumes(where(Engines(), "docker"), ("a",), {}) == "docker", "what is asked for is tried"
    with pytest.raises(ShoreError, match="no engine answers here"):
        await create_volumes(where(Engines()), ("a",), {})
    failing = Engines("native")
    with pytest.raises(ShoreError, match="bad"):
        await create_volumes(where(failing), ("bad",), {})
    assert failing.closed == ["native"]


class Images:
    """An engine that has some images."""

    def __init__(self, **found: Mapping[str, str]) -> None:
        self.found = {name.replace("_", ":"): environment for name, environment in found.items()}

    async def find_image(self, stack: Stack, service: Service) -> ImageInfo | None:
        name = "of its build" if service.build else service.image
        return ImageInfo(name, "sha256:0", environment=self.found[name]) if name in self.found else None


@pytest.mark.parametrize(
    ("base", "contexts", "known"),
    [
        ("redis:7", {}, {"A": "redis"}),
        ("other:1", {}, None),
        ("near", {"near": "/folder"}, {}),
        ("near", {"near": "docker-image://redis:7"}, {"A": "redis"}),
        ("near", {"near": "docker-image://other:1"}, None),
        ("near", {"near": "service:db"}, {"A": "redis"}),
        ("near", {"near": "service:none"}, None),
    ],
)
async def test_what_a_base_image_sets(base: str, contexts: dict[str, str], known: Any) -> None:
    stack = Stack("shop", "/", services={"db": Service("db", image="redis:7")})
    build = Build("/", additional_contexts=contexts)
    service = Service("web", image="mine", build=build)
    engine = Images(redis_7={"A": "redis"})
    assert await buildcheck._variables(stack, service, build, base, engine) == known  # type: ignore[arg-type]
    without = {} if known == {} else None
    assert await buildcheck._variables(stack, service, build, base, None) == without


async def test_each_service_that_is_built_is_checked_with_its_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    whole = linting.lint

    def heard(text: str, name: str, args: Any, target: Any, **more: Any) -> Any:
        given.append((name, dict(args), target))
        return whole(text, name, args, target, **more)

    monkeypatch.setattr(buildcheck, "lint", heard)
    (tmp_path / "Dockerfile").write_text("FROM redis:7\n")
    build = Build(str(tmp_path), args={"A": "1", "B": None, "C": None}, target="")
    services = {
        "a": Service("a", build=build),
        "b": Service("b", build=Build(str(tmp_path), dockerfile_inline="NONSENSE\n")),
        "c": Service("c", image="x"),
    }
    stack = Stack("shop", str(tmp_path), services=services, environment={"B": "of the file"})
    where = Where(project="shop", project_directory=str(tmp_path), environ={}, opens=Engines())  # type: ignore[arg-type]
    found = await check_builds(where, stack, ["c", "b", "a"], {"A": "2", "D": "3"})
    assert [one.service for one in found] == ["a", "b"]
    assert given == [(given[0][0], {"A": "2", "B": "of the file", "D": "3"}, "")]
    assert given[0][0].endswith("Dockerfile")
    assert found[0].error is None
    assert (found[1].name, found[1].error is not None) == ("inline", True)
    far = Stack("shop", "/", services={"a": Service("a", build=Build("https://example.test/a.git"))})
    with pytest.raises(ShoreError, match="is remote, which --check does not fetch"):
        await check_builds(where, far, ["a"], {})
