"""Bringing a project up as people see it: what waits for what, what a failed dependency means, what is late."""

from __future__ import annotations

import pytest

from longshore.engine.base import ImageInfo
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Build, Dependency, Service, WatchRule
from longshore.model.stack import Stack
from longshore.state.observed import Observed
from tests.cli.conftest import Stage, _private, shore
from tests.cli.scenes import CHECK, Scene, gallery, service, stack
from tests.cli.stage import Act, StageEngine

__all__ = ["_private", "shore"]


def needing(name: str, other: str, **fields: object) -> Service:
    return service(name, depends_on={other: Dependency(other, "service_healthy", **fields)})  # type: ignore[arg-type]


def test_a_run_waits_until_what_it_needs_is_ready(shore: Stage) -> None:
    made = stack(service("db", healthcheck=CHECK), needing("app", "db"))
    scene = shore.set(Scene(made, StageEngine({"db": Act(healthy=0.05)})))
    assert shore("run", "-T", "app", "true").code == 0
    assert scene.engine.containers["demo-db-1"].health == "healthy"
    assert scene.engine.calls[-1] == "run app true"
    broken = shore.set(Scene(made, StageEngine({"db": Act(unhealthy=0.02, lines=("no disk",))})))
    said = shore("run", "-T", "app", "true")
    assert (said.code, "✗ db: unhealthy\n" in said.err, "│ no disk" in said.err) == (1, True, True), said.err
    assert "run app true" not in broken.engine.calls


def test_a_dependency_that_need_not_be_stops_nothing(shore: Stage) -> None:
    made = stack(service("db", healthcheck=CHECK), needing("app", "db", required=False))
    for words in (("run", "-T", "app", "true"), ("up", "-d", "app")):
        scene = shore.set(Scene(made, StageEngine({"db": Act(unhealthy=0.02)})))
        assert shore(*words).code == 0, words
        assert scene.engine.calls[-1] in ("run app true", "start demo-app-1")


def test_every_replica_is_waited_for(shore: Stage) -> None:
    made = stack(service("db", healthcheck=CHECK))
    scene = shore.set(Scene(made, StageEngine({"db": Act(healthy=0.05)})))
    assert shore("up", "--wait", "--scale", "db=2").code == 0
    assert {one.health for one in scene.engine.containers.values()} == {"healthy"}
    slow = shore.set(Scene(made, StageEngine({"db": Act(healthy=3600)})))
    said = shore("up", "--wait", "--wait-timeout", "0.2", "--scale", "db=2")
    assert (said.code, "✗ not ready after 0.2 s: db\n" in said.err) == (1, True)
    assert said.err.splitlines()[-1] == ("  look at them: shore ps, shore logs db; or give them longer: --wait-timeout")
    assert len(slow.engine.containers) == 2


def test_what_is_late_tells_its_last_probe(shore: Stage) -> None:
    class Probing(StageEngine):
        async def start(self, stack: Stack, container: object) -> None:
            from longshore.state.events import ContainerHealth

            await super().start(stack, container)  # type: ignore[arg-type]
            self.tell(ContainerHealth(status="starting", output="connection refused"), container)  # type: ignore[arg-type]

    made = stack(service("db", healthcheck=CHECK))
    shore.set(Scene(made, Probing({"db": Act(healthy=3600)})))
    said = shore("up", "--wait", "--wait-timeout", "0.2")
    assert "✗ not ready after 0.2 s: db\n    │ db: last probe: connection refused\n" in said.failure


def test_a_check_that_only_the_engine_knows_of_is_waited_for(shore: Stage) -> None:
    """The image's own: no file says that it is there, but the engine tells of its health."""

    class Knowing(StageEngine):
        async def start(self, stack: Stack, container: object) -> None:
            from longshore.state.events import ContainerHealth

            await super().start(stack, container)  # type: ignore[arg-type]
            self.tell(ContainerHealth(status="starting"), container)  # type: ignore[arg-type]

    shore.set(Scene(stack(service("db")), Knowing()))
    said = shore("up", "--wait", "--wait-timeout", "0.2")
    assert (said.code, "✗ not ready after 0.2 s: db\n" in said.err) == (1, True), said.err


def test_up_of_something_that_must_not_end(shore: Stage) -> None:
    shore.set(Scene(stack(service("web")), StageEngine({"web": Act(ends=0.01, exit_code=2, lines=("bye",))})))
    said = shore("up", "--wait")
    assert (said.code, "✗ web: exited with code 2" in said.err, "│ bye" in said.err) == (1, True, True)


def test_a_health_check_of_the_image_is_waited_for(shore: Stage) -> None:
    """The file names none; the first event of the container tells that there is one."""
    scene = shore.set(Scene(stack(service("web")), StageEngine({"web": Act(healthy=0.1)})))
    assert shore("up", "--wait").code == 0
    assert scene.engine.containers["demo-web-1"].health == "healthy"


def test_what_is_pulled_anew_is_what_is_old(shore: Stage) -> None:
    import time

    class Aged(StageEngine):
        async def find_image(self, stack: Stack, service: Service) -> ImageInfo | None:
            ages = {"old": 2 * 86400.0, "young": 60.0}
            return ImageInfo(service.image, f"id of {service.image}", tagged=time.time() - ages[service.name])

    made = stack(*(service(name, pull_policy="daily") for name in ("old", "young")))
    scene = shore.set(Scene(made, Aged()))
    assert shore("up", "-d").code == 0
    assert [call for call in scene.engine.calls if call.startswith("pull")] == ["pull old:1"]


def test_a_new_image_recreates_what_ran(shore: Stage) -> None:
    class Newer(StageEngine):
        made = 0

        async def find_image(self, stack: Stack, service: Service) -> ImageInfo | None:
            return ImageInfo(service.image, f"id of {service.image}" if not self.made else "another")

        async def build(self, *words: object) -> ImageInfo:
            self.made += 1
            return await super().build(*words)  # type: ignore[arg-type]

    scene = shore.set(Scene(stack(service("web", build=Build("/web")), service("db")), Newer()))
    shore("up", "-d", "web")
    scene.engine.forget()
    shore("up", "-d", "--build", "web")
    assert scene.engine.calls[-4:] == [
        "create demo-web-1", "stop demo-web-1", "replace demo-web-1", "start demo-web-1",
    ]  # fmt: skip
    assert scene.engine.calls.count("preflight web") == 1, "nothing is asked for what runs until it is to be replaced"


def test_up_that_may_watch_and_has_nothing_to(shore: Stage) -> None:
    shore.set(Scene(stack(service("web")), StageEngine({"web": Act(ends=0.05)})))
    assert shore("up", "--watch").code == 0
    rule = WatchRule("sync", "/none", "/x")
    both = stack(service("web"), service("other", watch=(rule,)))
    shore.set(Scene(both, StageEngine({"web": Act(ends=0.3), "other": Act(ends=0.3)})))
    assert "/none does not exist" in shore("up", "--watch").failure


def test_only_what_is_built_and_named_is_published(shore: Stage) -> None:
    class Publishing(StageEngine):
        async def push(self, stack: Stack, service: Service, emit: object) -> None:
            self.calls.append(f"push {service.name}")

    named = service("named", build=Build("/a"))
    nameless = replace(service("nameless", build=Build("/b")), image="")
    scene = shore.set(Scene(stack(named, nameless, service("pulled")), Publishing()))
    scene.engine.capabilities = frozenset({"push"})
    assert shore("push").code == 0
    assert scene.engine.calls == ["push named"]


def test_a_port_of_the_project_is_taken_for_a_run_too(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d", "--wait")
    scene.engine.forget()
    said = shore("run", "-T", "--service-ports", "db", "true")
    assert said.code == 1
    assert "5432" in said.err
    assert scene.engine.calls == []
    assert shore("run", "-T", "-p", "99:5432", "db", "true").code == 0
    assert scene.engine.calls[0] == "preflight db"


@pytest.mark.parametrize("mode", ["service:db", "container:x"])
def test_ports_on_another_ones_network(shore: Stage, mode: str) -> None:
    scene = gallery()
    nginx = replace(scene.stack.services["nginx"], network_mode=mode)
    scene.stack = replace(scene.stack, services={**scene.stack.services, "nginx": nginx})
    shore.set(scene)
    said = shore("up", "-d")
    assert (said.code, said.err.splitlines()[0]) == (
        1, f"✗ services.nginx.ports: there are none on the network of another ({mode})",
    )  # fmt: skip


def test_up_of_nothing(shore: Stage) -> None:
    shore.set(Scene(stack()))
    said = shore("up", "-d")
    assert said.failure == "✗ no service to start\n  the file has none, or profiles leave all out: --profile\n"
    shore.set(gallery())
    assert shore("up", "-d", "ngnix").failure.startswith('✗ there is no service "ngnix"')


def test_each_engine_is_closed_once(shore: Stage) -> None:
    scene = shore.set(gallery())
    for words in (("up", "-d"), ("up", "--dry-run"), ("run", "-T", "db", "true"), ("build",), ("pull", "db"), ("ps",)):
        scene.engine.closed = 0
        shore(*words)
        assert scene.engine.closed == 1, words


def test_nothing_of_the_project_is_looked_at_twice_before_a_change(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.looks = 0
    shore("up", "-d")
    assert scene.engine.looks == 2
    assert Observed("demo").containers == ()


def test_a_run_of_what_needs_nothing_does_nothing_beside(shore: Stage) -> None:
    scene = shore.set(Scene(stack(service("web"), service("other"))))
    assert shore("run", "--dry-run", "web", "true").out == "nothing to do\nrun  web\n"
    said = shore("run", "-T", "web", "true")
    assert (said.code, said.err) == (0, "")
    assert scene.engine.calls == ["run web true"]


def test_sources_are_examined_once_and_only_before_something_starts(
    shore: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def look(where: object, stack: Stack) -> None:
        looks.append(stack.name)
        if len(looks) > 1:
            raise ShoreError("two heads")

    monkeypatch.setattr("longshore.doctor.beforeup.check_before_up", look)
    scene = shore.set(Scene(stack(service("web")), StageEngine()))
    assert (shore("up", "-d").code, looks) == (0, ["demo"])
    assert (shore("up", "-d").code, looks) == (0, ["demo"]), "everything runs already"
    scene.engine.calls.clear()
    said = shore("up", "-d", "--force-recreate")
    assert (said.code, looks) == (1, ["demo", "demo"])
    assert said.err.endswith("✗ two heads\n")
    assert not [call for call in scene.engine.calls if call.startswith(("create", "start", "stop", "remove"))]


MEND = frozenset({"mend"})


class Mending(StageEngine):
    """Has an image of which something is missing: at the first look, or only at a thorough one."""

    thorough = False

    async def set_damaged_aside(self, stack: Stack, services: object, *, thorough: bool = False) -> tuple[str, ...]:
        self.calls.append(f"look {'thoroughly ' if thorough else ''}{sorted(services)}")  # type: ignore[call-overload]
        if thorough != self.thorough:
            return ()
        self.missing = {"db"}
        return ("img",)


def test_an_image_of_which_something_is_missing_is_made_anew_before_anything_starts(shore: Stage) -> None:
    scene = shore.set(Scene(stack(service("db", image="img")), Mending(capabilities=MEND)))
    said = shore("up", "-d", "--wait")
    assert said.code == 0, said.err
    assert "img: files of it are missing in the cache; it is made or fetched anew" in said.err
    assert [call for call in scene.engine.calls if call.startswith(("look", "pull", "start"))] == [
        "look ['db']", "pull img", "start demo-db-1",
    ]  # fmt: skip


def test_after_a_failure_it_is_looked_for_more_thoroughly(shore: Stage) -> None:
    class Late(Mending):
        thorough = True

    engine = Late({"db": Act(unhealthy=0.02)}, capabilities=MEND)
    shore.set(Scene(stack(service("db", image="img", healthcheck=CHECK)), engine))
    said = shore("up", "-d", "--wait")
    assert said.code == 1
    assert engine.calls[-1] == "look thoroughly ['db']"
    assert "files of img were missing in the cache" in said.err
    assert "do it again: they are made or fetched anew" in said.err
