"""What each flag of the commands about images, volumes and data changes."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from longshore.backup.repository import Repository, Snapshot
from longshore.engine.base import BuildOptions, ImageInfo, RunRequest
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Build, Dependency, Service
from longshore.model.stack import Stack
from longshore.ship.deploy import Request, Shipped
from longshore.ship.targets import Reached
from longshore.state.caches import Kept
from longshore.state.events import Emit
from longshore.state.observed import Container
from tests.cli.conftest import Stage
from tests.cli.scenes import Scene, gallery, service, stack
from tests.cli.stage import StageEngine


class Publishing(StageEngine):
    """An engine that publishes, keeps a cache and writes archives."""

    keys: list[Mapping[str, str | None]]
    saved: list[tuple[Sequence[str], Path]]
    pruned: list[tuple[float, int | None]]
    refused: frozenset[str] = frozenset()

    async def pull(self, stack: Stack, service: Service, emit: Emit, *, offline: bool = False) -> ImageInfo:
        if service.name in self.refused:
            self.calls.append(f"no {service.image}")
            raise ShoreError(f"{service.name}: denied")
        return await super().pull(stack, service, emit, offline=offline)

    async def build(self, stack: Stack, service: Service, options: BuildOptions, emit: Emit) -> ImageInfo:
        self.keys.append(dict(service.build.ssh) if service.build else {})
        return await super().build(stack, service, options, emit)

    async def push(self, stack: Stack, service: Service, emit: Emit) -> None:
        self.calls.append(f"push {service.image}")

    async def save_images(self, references: Sequence[str], target: Path) -> None:
        self.saved.append((references, target))

    async def load_images(self, source: Path) -> tuple[str, ...]:
        return (f"of {source.name}:1",)

    async def cached(self) -> tuple[Kept, ...]:
        return (
            Kept("image", "big", 5 << 20, time.time() - 100, in_use=False),
            Kept("image", "used", 3 << 20, 0.0, in_use=True),
            Kept("layer", "old", 1 << 20, 0.0, in_use=False),
        )

    async def prune(self, *, before: float, most: int | None) -> tuple[Kept, ...]:
        self.pruned.append((time.time() - before, most))
        return (await self.cached())[2:]


@pytest.fixture
def engine(shore: Stage) -> Publishing:
    scene = gallery()
    engine = Publishing(scene.engine.acts)
    engine.capabilities = frozenset({"push", "load", "cache", "hands on"})
    engine.keys, engine.saved, engine.pruned = [], [], []
    lib = service("lib", build=Build("/demo/lib"))
    backend = replace(scene.stack.services["backend"], depends_on={"lib": Dependency("lib")})
    scene.stack = replace(scene.stack, services={**scene.stack.services, "backend": backend, "lib": lib})
    shore.set(Scene(scene.stack, engine))
    return engine


def test_build_and_its_options(shore: Stage, engine: Publishing) -> None:
    for words, options in (
        ((), BuildOptions()),
        (("--no-cache",), BuildOptions(no_cache=True)),
        (("--pull",), BuildOptions(pull=True)),
        (("--build-arg", "A=1"), BuildOptions({"A": "1"})),
        (("--builder", "mine"), BuildOptions(builder="mine")),
        (("--provenance", "max"), BuildOptions(provenance="max")),
        (("--sbom", "true"), BuildOptions(sbom="true")),
    ):
        engine.forget()
        assert shore("build", *words, "backend").code == 0
        assert engine.asked == [options], words
        assert engine.calls == ["build backend"]
    assert shore("--offline", "build", "backend").code == 0
    assert engine.asked[-1] == BuildOptions(offline=True)


def test_build_and_which_services(shore: Stage, engine: Publishing) -> None:
    shore("build")
    assert sorted(engine.calls) == ["build backend", "build lib"]
    engine.forget()
    shore("build", "--with-dependencies", "backend")
    assert sorted(engine.calls) == ["build backend", "build lib"]
    engine.forget()
    assert "no service has a build:" in shore("build", "nginx").err
    assert shore("--dry-run", "build", "nginx").out == "nothing to build\n"
    assert shore("--dry-run", "build", "backend").out.split()[:3] == ["1", "build", "backend:1"]
    assert engine.calls == []


def test_build_and_what_comes_after(shore: Stage, engine: Publishing) -> None:
    assert shore("build", "--push", "backend").code == 0
    assert engine.calls == ["build backend", "push backend:1"]
    assert engine.saved == []
    assert shore("build", "--oci", "here.tar", "backend").code == 0
    assert engine.saved == [(("backend:1",), Path("here.tar"))]


def test_build_keys_output_and_memory(shore: Stage, engine: Publishing) -> None:
    for words, keys in (((), {}), (("--ssh", "default"), {"default": None}), (("--ssh", "a=/key"), {"a": "/key"})):
        shore("build", *words, "backend")
        assert engine.keys.pop() == keys
    assert shore("build", "--ssh", "a", "backend").code == 2
    assert "made" in shore("build", "backend").err
    assert shore("build", "-q", "backend").err == ""
    assert "--memory is not supported" in shore("build", "-m", "1g", "backend").err
    assert "--memory" not in shore("build", "backend").err


def test_pull_and_its_flags(shore: Stage, engine: Publishing) -> None:
    for words, pulled in (
        ((), ["db", "backend", "frontend", "nginx", "lib"]),
        (("nginx",), ["nginx"]),
        (("--include-deps", "nginx"), ["db", "backend", "frontend", "nginx", "lib"]),
        (("--ignore-buildable",), ["db", "frontend", "nginx"]),
        (("--policy", "missing"), []),
    ):
        engine.forget()
        assert shore("pull", *words).code == 0
        assert sorted(engine.calls) == sorted(f"pull {name}:1" for name in pulled), words
    assert shore("--dry-run", "pull", "--policy", "missing").out == "nothing to fetch\n"
    assert shore("pull", "nginx").err != ""
    assert shore("pull", "-q", "nginx").err == ""


def test_pull_leaves_what_nobody_is_to_fetch(shore: Stage, engine: Publishing) -> None:
    services = {
        "never": service("never", pull_policy="never"), "built": service("built", pull_policy="build"),
        "other": service("other"),
    }  # fmt: skip
    shore.set(Scene(replace(gallery().stack, services=services), engine))
    assert shore("pull").code == 0
    assert engine.calls == ["pull other:1"]
    engine.forget()
    assert shore("pull", "--policy", "always", "never").code == 0
    assert engine.calls == ["pull never:1"]


def test_pull_failures(shore: Stage, engine: Publishing) -> None:
    engine.refused = frozenset({"db"})
    said = shore("pull", "db", "nginx")
    assert (said.code, "db: denied" in said.err) == (1, True)
    engine.forget()
    assert shore("pull", "--ignore-pull-failures", "db", "nginx").code == 0
    assert "pull nginx:1" in engine.calls


def test_push_and_its_flags(shore: Stage, engine: Publishing) -> None:
    assert shore("push", "backend").code == 0
    assert engine.calls == ["push backend:1"]
    engine.forget()
    shore("push", "--include-deps", "backend")
    assert sorted(engine.calls) == ["push backend:1", "push lib:1"]
    assert shore("push", "--quiet", "backend").err == ""


def test_load_and_save(shore: Stage, engine: Publishing) -> None:
    Path("x.tar").write_text("x")
    assert shore("load", "-i", "x.tar").out == "Loaded image: of x.tar:1\n"
    assert shore("load", "--quiet", "-i", "x.tar").out == ""
    assert shore("load", "--input", "none").failure == "✗ none does not exist\n  name an archive: shore load -i FILE\n"
    assert shore("save", "-o", "y.tar", "db:1").code == 0
    assert [(list(names), place) for names, place in engine.saved] == [(["db:1"], Path("y.tar"))]


def test_images_and_its_flags(shore: Stage, engine: Publishing) -> None:
    shore("up", "-d", "nginx", "db")
    ids = shore("images", "-q").out.splitlines()
    assert sorted(ids) == [f"id of {name}:1" for name in ("backend", "db", "frontend", "lib", "nginx")]
    assert shore("images", "--quiet", "db").out == "id of db:1\n"
    assert len(shore("images", "db").out.splitlines()) == 2
    engine.containers["demo-old-1"] = Container("old", "demo-old-1", "old", image="old:1", image_id="of old")
    assert "demo-old-1" in shore("images").out, "of a service that the file has no more"


def test_cache_and_its_flags(shore: Stage, engine: Publishing) -> None:
    assert [line.split() for line in shore("cache").out.splitlines()] == [
        ["KIND", "COUNT", "SIZE", "NOT", "IN", "USE"],
        ["image", "2", "8.0", "MB", "5.0", "MB"],
        ["layer", "1", "1.0", "MB", "1.0", "MB"],
        ["all", "3", "9.0", "MB", "6.0", "MB"],
    ]
    assert [line.split()[1] for line in shore("cache", "-v").out.splitlines()] == ["NAME", "big", "used", "old"]
    rows = [json.loads(line) for line in shore("cache", "ls", "--format", "json").out.splitlines()]
    assert [(row["Kind"], row["Name"], row["Size"], row["InUse"]) for row in rows] == [
        ("image", "big", 5 << 20, False), ("image", "used", 3 << 20, True), ("layer", "old", 1 << 20, False),
    ]  # fmt: skip


def test_cache_prune_and_its_flags(shore: Stage, engine: Publishing) -> None:
    def chosen(*words: str) -> list[str]:
        out = shore("--dry-run", "cache", "prune", *words).out
        return [line.split()[2] for line in out.splitlines() if line.startswith("remove")]

    assert chosen() == ["old"]
    assert chosen("--older-than", "10s") == ["old", "big"]
    assert chosen("--most", "7m") == ["old", "big"]
    assert chosen("--most", "8m") == ["old"]
    assert engine.pruned == []
    said = shore("cache", "prune")
    assert (said.code, said.err) == (
        1, "✗ nobody is here to answer: remove 1 of the cache, 1.0 MB?\n  say yes with --force\n",
    )  # fmt: skip
    assert shore("cache", "prune", "--force", "--older-than", "1m", "--most", "1k").out == "1 removed, 1.0 MB freed\n"
    ((age, most),) = engine.pruned
    assert (round(age), most) == (60, 1024)
    assert shore("--dry-run", "cache", "prune", "--older-than", "1000000h").out == "0 of the cache, 0 B in all\n"


def test_a_volume_that_is_made(shore: Stage, engine: Publishing, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, str, dict[str, str]]] = []

    async def create(self: object, stack: Stack, volume: Any) -> None:
        made.append((stack.name, volume.name, dict(volume.labels)))

    monkeypatch.setattr(Publishing, "create_volume", create)
    assert shore("volume", "create", "data", "--label", "a=b").out == "data\n"
    assert made == [("", "data", {"a": "b"})]
    assert shore("volume", "create").code == 2


# backup and restore


DAY = 86400.0


@pytest.fixture
def repository(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a repository is asked, each with its name."""
    shore.set(gallery())
    told: list[str] = []

    async def make(self: Repository) -> bool:
        return False

    async def snapshots(self: Repository, project: str = "") -> tuple[Snapshot, ...]:
        told.append(f"list {Path(self.name).name}")
        return Snapshot("aaaa1111", time.time() - 3 * DAY, ("project=demo", "x")), Snapshot("bbbb2222", time.time())

    async def check(self: Repository, *, full: bool) -> None:
        told.append(f"check full={full}")

    for name, fake in (("make", make), ("snapshots", snapshots), ("check", check)):
        monkeypatch.setattr(Repository, name, fake)
    return told


def test_backup_lists_and_checks(shore: Stage, repository: list[str]) -> None:
    assert [line.split()[0] for line in shore("backup", "list").out.splitlines()][1:] == ["aaaa1111", "bbbb2222"]
    rows = [json.loads(line) for line in shore("backup", "list", "--format", "json").out.splitlines()]
    assert len(rows) == 2
    assert shore("backup", "check", "--to", "elsewhere").out == (
        "elsewhere: no errors, a twentieth of its data was read\n"
    )
    assert shore("backup", "check", "--full").out.endswith(": no errors, all of its data was read\n")
    assert repository == ["list repository", "list repository", "check full=False", "check full=True"]


def test_a_backup_hands_its_words_on(shore: Stage, repository: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import asynccontextmanager

    from longshore.backup.drill import Drill
    from longshore.backup.manifest import Manifest
    from longshore.backup.taking import Taken

    taken: list[tuple[str, ...]] = []
    withins: list[float | None] = []
    through_a_swarm: list[bool] = []
    manifest = Manifest("demo", "native", "1", 100.0, 2.0, ())

    async def take(hands: object, parts: object, where: object, tags: tuple[str, ...], told: object) -> Taken:
        taken.append(tags)
        return Taken("cccc3333", manifest, 1 << 20)

    async def drill(*words: object, within: float | None) -> Drill:
        withins.append(within)
        raise ShoreError("as far as that")

    @asynccontextmanager
    async def hands_on(where: object, stack: object, what: str, through: object) -> Any:
        through_a_swarm.append(through is not None)
        yield None

    async def forget(*words: object) -> bool:
        return True

    monkeypatch.setattr("longshore.backup.taking.take", take)
    monkeypatch.setattr("longshore.backup.taking.hands_on", hands_on)
    monkeypatch.setattr("longshore.backup.drill.drill", drill)
    monkeypatch.setattr(Repository, "forget", forget)
    scene = gallery()
    db = replace(scene.stack.services["db"], image="postgres:16")
    scene.stack = replace(scene.stack, services={**scene.stack.services, "db": db})
    shore.set(scene)
    said = shore("backup", "--tag", "before", "--tag", "two")
    assert (said.code, taken) == (0, [("before", "two")])
    assert said.out.startswith("snapshot cccc3333 in ")
    assert json.loads(shore("backup", "now", "--format", "json").out)["snapshot"] == "cccc3333"
    shore("backup", "--swarm")
    assert through_a_swarm == [False, False, True]
    assert shore("--dry-run", "backup", "now").out == "keep  db  postgres  of db\n"
    assert shore("backup", "drill", "--within", "26h").code == 1
    assert shore("backup", "drill").code == 1
    assert withins == [26 * 3600.0, None]
    assert shore("backup", "drill", "--within", "x").code == 2
    assert shore("backup", "drill", "a", "b").code == 2


def test_a_drill_leaves_figures(
    shore: Stage, repository: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from longshore.backup.drill import Drill
    from longshore.backup.manifest import Manifest

    async def drill(*words: object, within: float | None) -> Drill:
        wrong = () if within is None else ("it is too old",)
        return Drill("aaaa1111", Manifest("demo", "native", "1", 100.0, 2.0, ()), wrong, 60.0, 3.0, True)

    monkeypatch.setattr("longshore.backup.drill.drill", drill)
    assert shore("backup", "drill", "--metrics", "figures.prom").code == 0
    assert 'project="demo"' in (tmp_path / "figures.prom").read_text()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["figures.prom"]
    assert shore("backup", "drill", "--within", "1s").code == 1
    assert json.loads(shore("backup", "drill", "--format", "json").out)["snapshot"] == "aaaa1111"


def test_restore_and_its_flags(shore: Stage, repository: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from longshore.backup.manifest import Manifest
    from longshore.backup.restoring import Restored

    asked: list[tuple[str, tuple[str, ...], bool]] = []
    swarms: list[bool] = []

    async def restore(
        where: object, stack: object, place: object, snapshot: Snapshot, parts: object, only: tuple[str, ...],
        audience: object, told: object, *, safety: bool, swarm: bool,
    ) -> Restored:  # fmt: skip
        swarms.append(swarm)
        asked.append((snapshot.id, only, safety))
        manifest = Manifest("demo", "native", "1", 100.0, 2.0, ())
        return Restored(snapshot.id, manifest, "dddd4444" if safety else "", ())

    monkeypatch.setattr("longshore.backup.restoring.restore", restore)
    assert shore("restore", "--yes").out == "restored snapshot bbbb2222; what was there is in snapshot dddd4444\n"
    assert shore("restore", "-y", "aaaa", "--no-backup").out == "restored snapshot aaaa1111\n"
    shore("restore", "-y", "--only", "db", "--only", "media", "--to", "elsewhere")
    assert asked == [("bbbb2222", (), True), ("aaaa1111", (), False), ("bbbb2222", ("db", "media"), True)]
    assert repository[-1] == "list elsewhere"
    assert shore("restore", "-y", "--swarm").code == 0
    assert swarms == [False, False, False, True]
    assert json.loads(shore("restore", "-y", "--format", "json").out)["snapshot"] == "bbbb2222"
    said = shore("restore", "--only", "db")
    assert (said.code, said.err) == (
        1, "✗ nobody is here to answer: put snapshot bbbb2222 in the place of db of demo?\n  say yes with --yes\n",
    )  # fmt: skip
    assert shore("--dry-run", "restore").out == "restore  bbbb2222  all of it\n"
    assert shore("--dry-run", "restore", "--only", "db", "aaaa1111").out == "restore  aaaa1111  db\n"
    assert len(asked) == 5


# ship


@pytest.fixture
def manager_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine is asked here whether it is a manager."""

    async def entered(*_: object, init: bool) -> None: ...

    monkeypatch.setattr("longshore.ship.targets._entered", entered)


@pytest.fixture
def shipped(manager_answers: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Request, Mapping[str, str]]]:
    asked: list[tuple[Request, Mapping[str, str]]] = []

    async def ship(place: Any, request: Request, audience: object) -> Shipped:
        asked.append((request, place.environ))
        return Shipped(7, "41 answers, none wrong")

    monkeypatch.setattr("longshore.ship.deploy.ship", ship)
    return asked


def test_ship_and_its_flags(
    shore: Stage, shipped: list[tuple[Request, Mapping[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///x")
    Path("compose.yaml").write_text("services: {web: {image: x}, db: {image: x}}\n")
    plain = Request()
    for words, request in (
        ((), plain),
        (("web",), replace(plain, services=("web",))),
        (("--registry", "r/x"), replace(plain, registry="r/x")),
        (("--no-build",), replace(plain, build=False)),
        (("--publish-only",), replace(plain, publish_only=True)),
        (("--allow-interruption", "db", "--allow-interruption", "web"), replace(plain, allow=frozenset({"db", "web"}))),
        (("--probe", "http://x/"), replace(plain, probe=("http://x/",))),
        (("--no-probe",), replace(plain, watch=False)),
        (("--wait-timeout", "2m"), replace(plain, timeout=120.0)),
    ):
        said = shore("ship", *words)
        assert shipped, said.err
        assert shipped[-1][0] == request, words
        assert said.out == ("" if request.publish_only else "release 7: 41 answers, none wrong\n")
    assert shipped[-1][1]["DOCKER_HOST"] == "unix:///x"


def test_where_a_release_goes(
    shore: Stage, shipped: list[tuple[Request, Mapping[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--to`, of which the first manager that answers is taken, and `--init`."""
    asked: list[tuple[tuple[str, ...], bool]] = []

    @contextlib.asynccontextmanager
    async def reached(
        environ: Mapping[str, str], targets: Iterable[str], say: object, *, init: bool
    ) -> AsyncIterator[Reached]:
        asked.append((tuple(targets), init))
        there = {"DOCKER_HOST": "unix:///there"} if targets or init else {}
        yield Reached({**environ, **there}, "shop.example")

    monkeypatch.setattr("longshore.ship.targets.reached", reached)
    Path("compose.yaml").write_text("services: {web: {image: x}}\n")
    shore("ship", "--init")
    shore("ship", "--to", "ssh://a", "--to", "b")
    assert asked == [((), True), (("ssh://a", "b"), False)]
    assert {(request.host, environ["DOCKER_HOST"]) for request, environ in shipped} == {
        ("shop.example", "unix:///there")
    }
    shore("ship", "--context", "far")
    assert (shipped[-1][1].get("DOCKER_HOST"), shipped[-1][1]["DOCKER_CONTEXT"]) == (None, "far")


def test_ship_down_to_the_number_of_a_release(
    shore: Stage, manager_answers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shore.set(gallery())
    asked: list[int] = []

    async def roll_back(place: object, project: str, number: int, request: Request, made: Stack) -> Shipped:
        asked.append(number)
        return Shipped(number)

    monkeypatch.setattr("longshore.ship.deploy.roll_back", roll_back)
    assert shore("ship", "rollback", "3").out == "release 3 is live\n"
    assert shore("ship", "rollback").out == "up to date\n"
    assert asked == [3, 0]
    for words in (("x",), ("1", "2")):
        assert shore("ship", "rollback", *words).code == 2


def test_ship_status(shore: Stage, manager_answers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from longshore.ship.look import Row, Status
    from longshore.ship.release import LIVE, Release

    shore.set(gallery())

    class Swarm:
        async def enter(self) -> None: ...

    trouble: list[str] = [""]

    async def status_of(swarm: object, project: str) -> Status:
        release = Release(3, LIVE, (), (), "abc", "me", "now", "why")
        return Status((Row(f"{project}-web", "web:1", "1 of 1 run", trouble[0]),), (release,), "somebody")

    monkeypatch.setattr("longshore.ship.deploy.open_swarm", lambda place: Swarm())
    monkeypatch.setattr("longshore.ship.look.status_of", status_of)
    said = shore("ship", "status")
    assert (said.code, said.out.splitlines()) == (0, [
        "demo-web          1 of 1 run", "release 3         live      now  me  abc  why", "being shipped: somebody",
    ])  # fmt: skip
    found = json.loads(shore("ship", "status", "--format", "json").out)
    assert (found["services"][0]["service"], found["releases"][0]["number"], found["lock"]) == (
        "demo-web", 3, "somebody",
    )  # fmt: skip
    trouble[0] = "no suitable node"
    said = shore("ship", "status")
    assert (said.code, said.out.splitlines()[0]) == (1, "demo-web          1 of 1 run  (no suitable node)")


class Manager:
    """A manager of a Swarm: what it has, and what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.locks: dict[str, object] = {}

    async def enter(self) -> None:
        self.asked.append(("enter",))

    async def services(self, project: str) -> list[dict[str, object]]:
        from longshore.ship.translate import SERVICE

        named = {"Name": f"{project}_web", "Labels": {SERVICE: "web"}}
        return [{"Spec": named}, {"Spec": {"Name": "bare", "Labels": None}}]

    async def lines(self, name: str, *, follow: bool) -> AsyncIterator[str]:
        yield f"of {name}{' and on' if follow else ''}"

    async def configs(self, project: str) -> dict[str, object]:
        return self.locks

    async def remove(self, kind: str, name: str) -> None:
        self.asked.append(("remove", kind, name))


@pytest.fixture
def manager(shore: Stage, manager_answers: None, monkeypatch: pytest.MonkeyPatch) -> Manager:
    shore.set(gallery())
    found = Manager()
    monkeypatch.setattr("longshore.ship.deploy.open_swarm", lambda place: found)
    return found


def test_ship_logs_of_all_or_of_those_named(shore: Stage, manager: Manager) -> None:
    assert sorted(shore("ship", "logs").out.splitlines()) == ["bare | of bare", "web  | of demo_web"]
    assert shore("ship", "logs", "web").out == "web | of demo_web\n"
    assert shore("ship", "logs", "--follow", "web").out == "web | of demo_web and on\n"
    said = shore("ship", "logs", "wbe")
    assert (said.code, "web" in said.err) == (1, True)


def test_ship_drain(shore: Stage, manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(swarm: object, node: str) -> tuple[object, str]:
        return None, "move web" if node == "n1" else ""

    async def drain(swarm: object, node: str, allowed: frozenset[str], timeout: float, *_: object) -> None:
        manager.asked.append((node, allowed, timeout))

    monkeypatch.setattr("longshore.ship.drain.look", look)
    monkeypatch.setattr("longshore.ship.drain.drain", drain)
    assert shore("--dry-run", "ship", "drain", "n1").out == "move web\n"
    assert shore("--dry-run", "ship", "drain", "n2").out == "n2 has no tasks\n"
    assert manager.asked == [("enter",), ("enter",)]
    assert shore("ship", "drain", "n1", "--wait-timeout", "1m", "--allow-interruption", "db").out == (
        "n1 is drained; back again: docker node update --availability active n1\n"
    )
    assert manager.asked[-1] == ("n1", frozenset({"db"}), 60.0)
    for words in ((), ("a", "b")):
        assert shore("ship", "drain", *words).code == 2


def test_ship_releases(shore: Stage, manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    from longshore.ship.release import LIVE, Release

    found = [Release(3, LIVE, (), (), "abc", "me", "now", "why")]

    async def releases_of(swarm: object, project: str) -> list[Release]:
        assert project == "demo"
        return found

    monkeypatch.setattr("longshore.ship.gather.releases_of", releases_of)
    assert shore("ship", "releases").out == "release 3         live      now  me  abc  why\n"
    (row,) = json.loads(shore("ship", "releases", "--format", "json").out)
    assert (row["number"], "services" in row, "networks" in row) == (3, False, False)
    found.clear()
    assert shore("ship", "releases").out == "no release yet\n"


def test_ship_unlock(shore: Stage, manager: Manager) -> None:
    from longshore.ship.lock import lock_name

    assert shore("ship", "unlock").out == "nobody has the lock\n"
    manager.locks[lock_name("demo")] = {}
    assert shore("ship", "unlock").out == "unlocked; the next ship goes on from what is there\n"
    assert manager.asked == [("enter",), ("enter",), ("remove", "config", lock_name("demo"))]


# migrate


class Migrates(StageEngine):
    """An engine whose one-off containers are a tool of migrations: `applied` of two, and what it was told."""

    applied: int
    told: list[tuple[str, ...]]

    async def run(self, stack: Stack, request: RunRequest, emit: Emit) -> int:
        words = tuple(request.service.command or ())
        self.told.append(words)
        if words[:2] == ("alembic", "current"):
            import os

            os.write(1, f"{('', 'a1', 'b2 (head)')[self.applied]}\n".encode())
        elif words[:2] == ("alembic", "upgrade"):
            self.applied = 2
        elif words[:2] == ("alembic", "downgrade"):
            self.applied -= 1
        return 0


@pytest.fixture
def migrates(shore: Stage, tmp_path: Path) -> Migrates:
    versions = tmp_path / "app/migrations/versions"
    versions.mkdir(parents=True)
    (tmp_path / "app/alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (tmp_path / "app/migrations/env.py").write_text("")
    for name, parent in (("a1", None), ("b2", "a1")):
        (versions / f"{name}.py").write_text(f'"""{name}"""\nrevision = "{name}"\ndown_revision = {parent!r}\n')
    engine = Migrates()
    engine.applied, engine.told = 1, []
    app = service("app", build=Build(str(tmp_path / "app")), environment={"DATABASE_URL": "sqlite:////data/db.sqlite"})
    shore.set(Scene(stack(app), engine))
    return engine


def backups(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "data").rglob("*.sqlite"))


def test_migrate_status(shore: Stage, migrates: Migrates) -> None:
    said = shore("migrate", "status")
    assert (said.code, said.out) == (1, "applied  a1\npending  b2\n"), said.err
    said = shore("migrate", "status", "--format", "json")
    assert (said.code, json.loads(said.out)) == (1, {"applied": ["a1"], "pending": ["b2"], "unmade": []})
    migrates.applied = 2
    assert shore("migrate", "status", "app").code == 0


def test_migrate_up_and_down_keep_a_point_unless_that_is_not_wanted(
    shore: Stage, migrates: Migrates, tmp_path: Path
) -> None:
    assert shore("migrate", "--dry-run", "up").out == "apply  b2\n"
    assert migrates.applied == 1
    said = shore("migrate", "up", "--no-backup")
    assert (said.code, migrates.applied, backups(tmp_path)) == (0, 2, []), said.err
    assert "1 applied in" in said.err
    assert shore("migrate", "up").err.endswith("nothing to apply: the database has all migrations\n")
    said = shore("migrate", "down")
    assert (said.code, migrates.applied, len(backups(tmp_path))) == (0, 1, 1), said.err
    assert "b2 taken back in" in said.err
    assert backups(tmp_path)[0] in said.err
    assert shore("migrate", "--dry-run", "undo").out.split() == [
        "restore", str(next((tmp_path / "data").rglob("*.sqlite"))),
    ]  # fmt: skip


def test_migrate_make_says_what_it_is_about(shore: Stage, migrates: Migrates) -> None:
    assert shore("migrate", "make", "-m", "add users").code == 0
    assert migrates.told[-1] == ("alembic", "revision", "--autogenerate", "-m", "add users")
    shore("migrate", "merge", "--message", "both")
    assert migrates.told[-1] == ("alembic", "merge", "-m", "both", "heads")
    assert shore("--dry-run", "migrate", "make").out == "alembic revision --autogenerate -m make\n"
    assert shore("migrate", "heads").out.startswith("b2  ")
    assert shore("migrate", "undo").failure.startswith("✗ there is no point to go back to")
