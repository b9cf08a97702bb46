"""What each flag of the commands that bring a project up and down changes: in what the engine is asked, or in what is
said."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from longshore.engine.base import BuildOptions, CreateOptions
from longshore.model.record import replace
from longshore.model.service import Build, Dependency, Mount, WatchRule
from longshore.state.observed import Container
from tests.cli.conftest import Said, Stage
from tests.cli.scenes import Scene, gallery, service, stack
from tests.cli.stage import Act, StageEngine

NAMES = ("db", "backend", "frontend", "nginx")


@pytest.fixture
def up(shore: Stage) -> Scene:
    scene = shore.set(gallery())
    assert shore("up", "-d", "--wait").code == 0
    scene.engine.forget()
    return scene


def change(scene: Scene, name: str, **fields: object) -> None:
    """The file now says something else of a service."""
    one = replace(scene.stack.services[name], config_hash="another", **fields)
    scene.stack = replace(scene.stack, services={**scene.stack.services, name: one})


def orphan(scene: Scene) -> None:
    scene.engine.containers["demo-old-1"] = Container("old", "demo-old-1", "old", state="running")


def calls(scene: Scene, *kinds: str) -> list[str]:
    return [call for call in scene.engine.calls if call.partition(" ")[0] in kinds]


# up and create: what is done

CREATE, UP = ("create",), ("up", "-d")
BOTH = pytest.mark.parametrize("command", [CREATE, UP], ids=["create", "up"])


@BOTH
def test_build_and_no_build(shore: Stage, up: Scene, command: tuple[str, ...]) -> None:
    shore(*command)
    assert calls(up, "build") == []
    shore(*command, "--build")
    assert calls(up, "build") == ["build backend"]
    up.engine.missing.add("backend")
    up.engine.forget()
    shore(*command, "--no-build")
    assert calls(up, "build", "pull") == ["pull backend:1"]
    up.engine.missing.add("backend")
    up.engine.forget()
    shore(*command)
    assert calls(up, "build", "pull") == ["build backend"]


@BOTH
def test_pull(shore: Stage, up: Scene, command: tuple[str, ...]) -> None:
    shore(*command, "--pull", "always")
    assert calls(up, "pull") == ["pull db:1", "pull frontend:1", "pull nginx:1"]
    up.engine.missing.add("db")
    up.engine.forget()
    assert shore(*command, "--pull", "never").code == 1
    assert calls(up, "pull") == []
    assert shore(*command, "--pull", "policy").code == 0
    assert calls(up, "pull") == ["pull db:1"]


@BOTH
def test_quiet_build_and_quiet_pull(shore: Stage, command: tuple[str, ...]) -> None:
    def said(*flags: str) -> str:
        scene = shore.set(gallery())
        scene.engine.missing = {"backend", "nginx"}
        return shore(*command, "--progress", "json", *flags).err

    assert '"build.output"' in said()
    assert '"image.fetching"' in said()
    hushed = said("--quiet-build")
    assert '"build.output"' not in hushed
    assert '"build.step"' not in hushed
    assert '"image.fetching"' in hushed
    hushed = said("--quiet-pull")
    assert '"build.output"' in hushed
    assert '"image.fetching"' not in hushed


@BOTH
def test_recreating(shore: Stage, up: Scene, command: tuple[str, ...]) -> None:
    shore(*command, "--force-recreate", "--no-deps", "nginx")
    assert calls(up, "create", "replace") == ["create demo-nginx-1", "replace demo-nginx-1"]
    change(up, "backend", raw={"image": "backend:1", "user": "x"})
    shore.set(up)
    up.engine.forget()
    shore(*command, "--no-recreate")
    assert calls(up, "create", "replace") == []
    shore(*command, "--always-recreate-deps")
    assert calls(up, "replace") == [f"replace demo-{name}-1" for name in ("backend", "frontend", "nginx")]


@BOTH
def test_no_deps(shore: Stage, command: tuple[str, ...]) -> None:
    scene = shore.set(gallery())
    shore(*command, "--no-deps", "nginx")
    assert sorted(scene.engine.containers) == ["demo-nginx-1"]
    shore(*command, "nginx")
    assert len(scene.engine.containers) == 4


@BOTH
def test_anonymous_volumes_are_renewed(shore: Stage, command: tuple[str, ...]) -> None:
    for flags, renew in (((), False), (("-V",), True), (("--renew-anon-volumes",), True)):
        scene = shore.set(gallery())
        shore(*command, *flags)
        assert scene.engine.asked_for(CreateOptions) == [CreateOptions(renew_anonymous=renew)] * 4


@BOTH
def test_orphans(shore: Stage, up: Scene, command: tuple[str, ...]) -> None:
    orphan(up)
    assert "orphan containers" in shore(*command).err
    assert "demo-old-1" in up.engine.containers
    shore(*command, "--remove-orphans")
    assert "demo-old-1" not in up.engine.containers


@pytest.mark.parametrize("variable", ["COMPOSE_REMOVE_ORPHANS", "COMPOSE_IGNORE_ORPHANS"])
def test_orphans_by_variables(shore: Stage, up: Scene, variable: str) -> None:
    orphan(up)
    up.stack = replace(up.stack, environment={variable: "true"})
    shore.set(up)
    assert "orphan containers" not in shore("up", "-d").err
    assert ("demo-old-1" in up.engine.containers) == (variable == "COMPOSE_IGNORE_ORPHANS")


@BOTH
def test_scale(shore: Stage, command: tuple[str, ...]) -> None:
    scene = shore.set(Scene(stack(service("web"))))
    shore(*command, "--scale", "web=2")
    assert sorted(scene.engine.containers) == ["demo-web-1", "demo-web-2"]
    assert shore(*command, "--scale", "web").failure.startswith("✗ --scale: 'web' is not SERVICE=N")
    assert shore(*command, "--scale", "wbe=2").failure.startswith('✗ there is no service "wbe"')


def test_create_starts_nothing(shore: Stage) -> None:
    scene = shore.set(gallery())
    assert shore("create", "-y").code == 0
    assert calls(scene, "start") == []
    assert {one.state for one in scene.engine.containers.values()} == {"created"}
    assert shore("up", "--no-start").code == 0
    assert calls(scene, "start") == []


def test_a_yes_is_taken_where_nobody_is_asked(shore: Stage) -> None:
    scene = shore.set(gallery())
    assert shore("up", "-d", "--yes").code == 0
    assert len(calls(scene, "start")) == 4


@pytest.mark.parametrize(
    "words",
    [
        ("up", "-d", "--abort-on-container-exit"),
        ("up", "--wait", "--abort-on-container-failure"),
        ("up", "-d", "--exit-code-from", "db"),
        ("up", "-d", "--attach", "db"),
        ("up", "-d", "--watch"),
        ("up", "--force-recreate", "--no-recreate"),
        ("up", "--always-recreate-deps", "--no-recreate"),
        ("up", "--build", "--no-build"),
        ("up", "--no-start", "--wait"),
        ("up", "--attach", "db", "--attach-dependencies"),
        ("up", "--abort-on-container-exit", "--abort-on-container-failure"),
    ],
)
def test_what_excludes_each_other(shore: Stage, words: tuple[str, ...]) -> None:
    scene = shore.set(gallery())
    said = shore(*words)
    assert (said.code, scene.engine.calls) == (2, [])
    assert "exclude each other\n  leave one of them out\n" in said.err


def test_the_grace_period(shore: Stage, up: Scene) -> None:
    for words, grace in (
        (("up", "-d", "--force-recreate", "-t", "3", "--no-deps", "nginx"), 3.0),
        (("up", "-d", "--force-recreate", "--no-deps", "nginx"), None),
        (("restart", "-t", "1m", "nginx"), 60.0),
        (("restart", "nginx"), None),
        (("stop", "-t", "4", "nginx"), 4.0),
        (("up", "-d"), ...),
        (("down", "--timeout", "5", "nginx"), 5.0),
    ):
        up.engine.forget()
        assert shore(*words).code == 0
        assert grace is ... or up.engine.grace == [grace], words


def test_ports_auto(shore: Stage) -> None:
    for flags, auto in (((), False), (("--ports", "exact"), False), (("--ports", "auto"), True)):
        scene = shore.set(gallery())
        shore("up", "-d", *flags)
        assert scene.engine.asked_for(CreateOptions)[0].ports_auto is auto


def test_offline(shore: Stage) -> None:
    for flags, offline in (((), False), (("--offline",), True)):
        scene = shore.set(gallery())
        scene.engine.missing = {"backend", "nginx"}
        shore(*flags, "up", "-d")
        assert scene.engine.offline == [offline]
        assert [options.offline for options in scene.engine.asked_for(BuildOptions)] == [offline]


# up: attached


def ending() -> Scene:
    """Two services that end by themselves, one after the other; the second needs the first."""
    made = stack(service("db"), service("web", "db", condition="service_started"))
    return Scene(made, StageEngine({"db": Act(ends=0.01, lines=("rows",)), "web": Act(ends=0.05, lines=("pages",))}))


def attached(shore: Stage, *flags: str) -> Said:
    shore.set(ending())
    said = shore("up", *flags)
    assert said.code == 0, said.err
    return said


def test_whose_logs_are_shown(shore: Stage) -> None:
    shown = {
        (): ["rows", "pages"],
        ("web",): ["pages"],
        ("--attach-dependencies", "web"): ["rows", "pages"],
        ("--attach", "db"): ["rows"],
        ("--no-attach", "db"): ["pages"],
    }
    for flags, lines in shown.items():
        out = attached(shore, *flags).out
        assert [line for line in ("rows", "pages") if line in out] == lines, flags
        ended = [name for name in ("db", "web") if f"demo-{name}-1 exited with code 0" in out]
        assert ended == [{"rows": "db", "pages": "web"}[line] for line in lines], flags


def test_how_lines_are_shown(shore: Stage) -> None:
    assert "web │ pages" in attached(shore).out
    assert "\npages" in "\n" + attached(shore, "--no-log-prefix").out
    assert "│" not in attached(shore, "--no-log-prefix").out
    assert "Z rows" in attached(shore, "--timestamps").out
    shore.set(ending())
    assert "\x1b[" in shore("--ansi", "always", "up").out
    assert "\x1b[" not in shore("--ansi", "always", "up", "--no-color").out


def test_an_unknown_name_is_refused_by_each_flag(shore: Stage) -> None:
    scene = shore.set(gallery())
    for flag in ("--attach", "--no-attach", "--exit-code-from"):
        said = shore("up", flag, "ngnix")
        assert (said.code, said.err) == (1, '✗ there is no service "ngnix"\n  did you mean nginx?\n')
    assert scene.engine.calls == []


@pytest.mark.parametrize(
    ("flags", "code", "stopped"),
    [
        (("--abort-on-container-exit",), 0, True),
        (("--abort-on-container-failure",), 3, True),
        (("--exit-code-from", "bad"), 3, True),
        (("--exit-code-from", "web"), 143, True),
    ],
)
def test_what_ends_it(shore: Stage, flags: tuple[str, ...], code: int, stopped: bool) -> None:
    made = stack(service("good"), service("bad"), service("web"))
    first = 0.1 if flags[0] == "--exit-code-from" else 0.4
    acts = {"good": Act(ends=0.2), "bad": Act(ends=first, exit_code=3), "web": Act(lines=("up",))}
    scene = shore.set(Scene(made, StageEngine(acts)))
    said = shore("up", *flags)
    assert said.code == code, said.err
    assert ("stop demo-web-1" in scene.engine.calls) == stopped
    assert calls(scene, "kill") == [], "what stops is not killed"
    assert "stopping; Ctrl-C once more kills" in said.err


def test_ctrl_c_stops_and_once_more_kills(shore: Stage) -> None:
    for deaf, killed in ((False, []), (True, ["kill demo-web-1 SIGKILL"])):
        scene = shore.set(Scene(stack(service("web")), StageEngine({"web": Act(lines=("up",), deaf=deaf)})))

        def press(scene: Scene = scene, twice: bool = deaf) -> None:
            for seen in ("start demo-web-1", "stop demo-web-1")[: 1 + twice]:
                while seen not in scene.engine.calls:
                    time.sleep(0.01)
                os.kill(os.getpid(), signal.SIGINT)

        pressing = threading.Thread(target=press)
        pressing.start()
        said = shore("up")
        pressing.join()
        assert (said.code, calls(scene, "kill")) == (130, killed)
        assert scene.engine.containers["demo-web-1"].state == "exited"


def test_up_that_watches(shore: Stage) -> None:
    rule = WatchRule("sync", "/not/there", "/app")
    made = stack(service("web", watch=(rule,)))
    for flags, code in (((), 0), (("--watch",), 1)):
        shore.set(Scene(made, StageEngine({"web": Act(ends=0.5)})))
        said = shore("up", *flags)
        assert (said.code, "✗ /not/there does not exist" in said.err) == (code, bool(flags)), said.err


def test_watch_and_its_flags(shore: Stage, tmp_path: Path) -> None:
    """It ends at once for a path that is not there: what comes before is seen by then."""
    rule = WatchRule("sync", str(tmp_path / "none"), "/app")
    made = stack(service("web", watch=(rule,), build=Build("/demo")))
    for flags, does in (((), True), (("--no-up",), False)):
        scene = shore.set(Scene(made))
        scene.engine.missing = {"web"}
        said = shore("--progress", "json", "watch", *flags)
        assert said.code == 1
        assert ("start demo-web-1" in scene.engine.calls, '"build.output"' in said.err) == (does, does)
    scene = shore.set(Scene(made))
    scene.engine.missing = {"web"}
    assert '"build.output"' not in shore("--progress", "json", "watch", "--quiet").failure
    assert "start demo-web-1" in scene.engine.calls
    assert shore("watch", "--prune=false").code == 1


# the rest of a project's life


def test_restart_takes_along_what_asks_for_it(shore: Stage, up: Scene) -> None:
    needs = {"backend": Dependency("backend", "service_healthy", restart=True)}
    change(up, "frontend", depends_on=needs)
    shore.set(up)
    shore("restart", "backend")
    assert calls(up, "start") == ["start demo-backend-1", "start demo-frontend-1"]
    up.engine.forget()
    shore("restart", "--no-deps", "backend")
    assert calls(up, "start") == ["start demo-backend-1"]


def test_kill_of_orphans(shore: Stage, up: Scene) -> None:
    orphan(up)
    shore("kill")
    assert up.engine.containers["demo-old-1"].state == "running"
    shore("kill", "--remove-orphans")
    assert up.engine.containers["demo-old-1"].state == "exited"


def test_kill_sends_what_is_asked(shore: Stage, up: Scene) -> None:
    shore("kill", "db")
    assert calls(up, "kill") == ["kill demo-db-1 SIGKILL"]
    shore("up", "-d")
    shore("kill", "--signal", "12", "db")
    assert calls(up, "kill")[-1] == "kill demo-db-1 12"
    said = shore("kill", "-s", "HPU", "db")
    assert (said.code, said.err) == (2, "✗ --signal: 'HPU' is not a signal\n  did you mean SIGHUP?\n")
    assert shore("kill", "-s", "XXXXXXXX").failure.endswith("see kill -l\n")


def test_scale_and_what_it_needs(shore: Stage) -> None:
    scene = shore.set(gallery())
    assert shore("scale", "frontend=2", "--no-deps").code == 0
    assert sorted(scene.engine.containers) == ["demo-frontend-1", "demo-frontend-2"]
    assert shore("scale", "frontend=1").code == 0
    assert sorted(scene.engine.containers) == ["demo-backend-1", "demo-db-1", "demo-frontend-1"]


def test_scale_leaves_what_runs_as_it_is(shore: Stage, up: Scene) -> None:
    change(up, "frontend", raw={"image": "frontend:1", "user": "x"})
    shore.set(up)
    orphan(up)
    assert shore("scale", "frontend=2").code == 0
    assert calls(up, "create", "replace", "build", "pull") == ["create demo-frontend-2"]
    assert "demo-old-1" in up.engine.containers


def test_down_and_its_flags(shore: Stage, up: Scene) -> None:
    orphan(up)
    up.engine.containers["demo-nginx-1"] = replace(up.engine.containers["demo-nginx-1"], volumes=())
    said = shore("down")
    assert sorted(up.engine.containers) == ["demo-old-1"]
    assert "old" in said.err
    assert "finish demo" not in up.engine.calls
    assert up.engine.with_volumes == [False] * 4
    shore("down", "--remove-orphans", "-v")
    assert up.engine.containers == {}
    assert up.engine.with_volumes == [False] * 4 + [True]
    assert up.engine.calls[-1] == "finish demo"


def test_down_rmi(shore: Stage, up: Scene) -> None:
    shore("down", "--rmi", "local")
    assert calls(up, "remove")[-1] != "remove image db:1"
    assert "remove image db:1" not in up.engine.calls
    shore("up", "-d")
    shore("down", "--rmi", "all")
    assert "remove image db:1" in up.engine.calls


def test_rm_and_its_flags(shore: Stage, up: Scene) -> None:
    assert shore("rm", "-f", "db").code == 0
    assert "demo-db-1" in up.engine.containers, "it runs"
    assert shore("rm", "-f", "-s", "db").out == "Going to remove demo-db-1\n"
    assert up.engine.with_volumes == [False]
    assert shore("rm", "--force", "--stop", "-v", "nginx").code == 0
    assert up.engine.with_volumes == [False, True]
    said = shore("rm", "-s", "backend")
    assert (said.code, said.err.splitlines()[0]) == (1, "✗ nobody is here to answer: remove demo-backend-1?")
    assert "Going to" not in shore("--dry-run", "rm", "-s", "-f", "backend").out
    assert shore("--dry-run", "rm", "-s", "backend").code == 0
    assert "demo-backend-1" in up.engine.containers


# run


def asked(shore: Stage, *words: str) -> object:
    scene = shore.set(gallery())
    assert shore("run", "-T", "--no-deps", *words).code == 0
    return scene.engine.ran


def test_run_says_what_the_container_is(shore: Stage) -> None:
    plain = asked(shore, "db", "psql", "-l")
    assert plain.name.startswith("demo-db-run-")
    assert (plain.tty, plain.interactive, plain.detach, plain.remove, plain.use_aliases) == (
        False, True, False, False, False,
    )  # fmt: skip
    service = plain.service
    assert (service.command, service.ports, service.healthcheck, service.scale) == (("psql", "-l"), (), None, 1)
    assert (service.entrypoint, service.user, service.working_dir) == (None, "", "")
    for words, field, value in (
        (("--name", "mine"), "name", "mine"),
        (("-i=false",), "interactive", False),
        (("--interactive=false",), "interactive", False),
        (("-d",), "detach", True),
        (("-d",), "interactive", False),
        (("--rm",), "remove", True),
        (("--use-aliases",), "use_aliases", True),
    ):
        assert getattr(asked(shore, *words, "db"), field) == value, words


def test_run_changes_the_service(shore: Stage, tmp_path: Path) -> None:
    (tmp_path / "own.env").write_text("FROM_FILE=1\nBOTH=file\n")
    for words, field, value in (
        (("-e", "A=1", "-e", "B=2"), "environment", {"A": "1", "B": "2"}),
        (("--env-from-file", str(tmp_path / "own.env"), "-e", "BOTH=flag"), "environment",
         {"FROM_FILE": "1", "BOTH": "flag"}),
        (("-u", "app"), "user", "app"),
        (("--user", "1:2"), "user", "1:2"),
        (("-w", "/srv"), "working_dir", "/srv"),
        (("--workdir", "/srv"), "working_dir", "/srv"),
        (("-l", "a=b"), "labels", {"a": "b"}),
        (("--cap-add", "NET_RAW"), "cap_add", ("NET_RAW",)),
        (("--cap-drop", "ALL"), "cap_drop", ("ALL",)),
        (("--entrypoint", "sh -c 'a b'"), "entrypoint", ("sh", "-c", "a b")),
        (("--entrypoint", ""), "entrypoint", ()),
    ):  # fmt: skip
        assert getattr(asked(shore, *words, "db").service, field) == value, words


def test_run_has_the_value_of_a_variable_named_alone_from_the_project(shore: Stage) -> None:
    scene = gallery()
    scene = shore.set(Scene(replace(scene.stack, environment={"A": "the project's"}), scene.engine))
    assert shore("run", "-T", "--no-deps", "-e", "A", "-e", "NONE", "-e", "B=", "db").code == 0
    given = scene.engine.ran.service.environment
    assert ({"A", "NONE", "B"} & given.keys(), given["A"], given["B"]) == ({"A", "B"}, "the project's", "")
    assert shore("run", "-T", "-l", "alone", "db").code == 2


def test_run_mounts_and_publishes(shore: Stage, tmp_path: Path) -> None:
    mounts = asked(shore, "-v", "./here:/there:ro", "-v", "named:/data", "db").service.mounts
    assert mounts[0].target == "/var/lib/postgresql/data"
    assert mounts[1:] == (
        Mount("bind", "/there", str(tmp_path / "here"), read_only=True), Mount("volume", "/data", "named"),
    )  # fmt: skip
    scene = shore.set(gallery())
    assert shore("run", "-T", "--no-deps", "-v", "./here:/there", "-v", "named:/data", "db").code == 0
    assert scene.engine.ran_in is not None
    assert {key: one.name for key, one in scene.engine.ran_in.volumes.items()} == {
        "postgres_data": "demo_postgres_data", "named": "demo_named",
    }  # fmt: skip
    (port,) = asked(shore, "-p", "127.0.0.1:81:80/udp", "db").service.ports
    assert (port.host_ip, port.published, port.target, port.protocol) == ("127.0.0.1", "81", 80, "udp")
    (port,) = asked(shore, "--service-ports", "db").service.ports
    assert port.published == "5432"
    assert asked(shore, "db").service.ports == ()
    for words, said in (
        (("-P", "-p", "1:1"), "--service-ports and --publish exclude each other"),
        (("-p", "x:y"), "--publish: 'x:y': "),
        (("-v", ""), "--volume: '': "),
    ):
        shore.set(gallery())
        refused = shore("run", *words, "db")
        assert (refused.code, refused.err.startswith(f"✗ {said}")) == (2, True), refused.err


def test_run_and_images(shore: Stage) -> None:
    for words, made in (
        ((), []),
        (("--build",), ["build backend"]),
        (("--pull", "always"), []),
        (("--pull", "always", "db"), ["pull db:1"]),
    ):
        scene = shore.set(gallery())
        name = [] if "db" in words else ["backend"]
        shore("run", "-T", "--no-deps", *words, *name)
        assert calls(scene, "build", "pull") == made, words
    for flag, kind in (("--quiet-build", "build.output"), ("--quiet-pull", "image.fetching"), ("-q", "build.output")):
        for flags in ((), (flag,)):
            scene = shore.set(gallery())
            scene.engine.missing = {"backend", "db"}
            said = shore("--progress", "json", "run", "-T", *flags, "backend")
            assert (f'"{kind}"' in said.err) == (not flags), flags


def test_run_and_the_rest_of_the_project(shore: Stage, up: Scene) -> None:
    orphan(up)
    shore("run", "-T", "backend", "true")
    assert "demo-old-1" in up.engine.containers
    shore("run", "-T", "--remove-orphans", "backend", "true")
    assert "demo-old-1" not in up.engine.containers


def test_run_brings_up_what_it_needs(shore: Stage) -> None:
    scene = shore.set(gallery())
    assert shore("run", "-T", "frontend", "true").code == 0
    assert calls(scene, "start", "run") == ["start demo-db-1", "start demo-backend-1", "run frontend true"]
    said = shore("--dry-run", "run", "--no-deps", "frontend", "true")
    assert said.out == "run  frontend\n"
    assert shore("run", "-T", "db", "false").code == 5


def test_run_shows_what_is_done_before_it(shore: Stage, up: Scene) -> None:
    """A pull for what it needs alone, too; nothing where nothing is done."""
    quiet = shore("run", "-T", "backend", "true")
    assert "pull" not in quiet.err
    assert "demo" not in quiet.err
    up.engine.forget()
    shown = shore("run", "-T", "--pull", "always", "backend", "true")
    assert calls(up, "pull") == ["pull db:1"]
    assert "db: fetched" in shown.err
    assert shore("stop", "db").code == 0
    assert "db: starting" in shore("run", "-T", "backend", "true").err
