"""`up` on an engine in memory: what is done, what is said, how it ends."""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading

import pytest

from longshore.engine.base import Survey, SurveyLine
from longshore.model.errors import Place, ShoreError
from longshore.model.record import replace
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.state.observed import Container
from tests.cli.conftest import Stage
from tests.cli.scenes import CHECK, Scene, broken, gallery, one_shot, service, slow_start, stack, workers
from tests.cli.stage import Act, StageEngine

GALLERY = """\
native · demo · 4 services   (runs every service exactly)
network demo_default: created
volume demo_postgres_data: created
db: starting
backend: waiting for db
db: healthy after N s  127.0.0.1:5432
backend: starting
frontend: waiting for backend
backend: healthy after N s  waited Ns for db
frontend: starting
nginx: waiting for frontend
frontend: healthy after N s  waited Ns for backend
nginx: starting
nginx: running  nginx 1.22  waited Ns for frontend   127.0.0.1:8080

ready in N s · critical path db N → backend N → frontend N → nginx N
  nginx   http://127.0.0.1:8080      logs: shore logs -f     stop: shore down
  db      127.0.0.1:5432
"""

DRY_RUN = """\
1  create network demo_default              no network
2  create volume  demo_postgres_data        no volume
3  create         db-1                      no container; after 1, 2
4  create         backend-1                 no container; after 1
5  create         frontend-1                no container; after 1
6  create         nginx-1                   no container; after 1
7  start          db-1                      after 3
8  start          backend-1                 after 4, 7, db healthy
9  start          frontend-1                after 5, 8, backend healthy
10 start          nginx-1                   after 6, 9, frontend healthy
"""


def test_up_tells_each_step_in_order(shore: Stage) -> None:
    scene = shore.set(gallery())
    said = shore("up", "-d", "--wait")
    assert (said.code, said.out) == (0, "")
    assert said.screen == GALLERY
    starts = [call for call in scene.engine.calls if call.startswith("start")]
    assert starts == [f"start demo-{name}-1" for name in ("db", "backend", "frontend", "nginx")]


def test_dry_run_prints_the_plan_and_does_nothing(shore: Stage) -> None:
    scene = shore.set(gallery())
    said = shore("up", "--dry-run")
    assert (said.code, said.out) == (0, DRY_RUN)
    assert said.err == "native · demo · 4 services   (runs every service exactly)\n"
    assert scene.engine.calls == ["preflight db,backend,frontend,nginx"]


def test_a_dry_run_asks_all_that_up_asks(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.survey_answer = Survey("native", (
        SurveyLine("db", "image", "exact", "postgres 15.18"),
        SurveyLine("nginx", "image", "deviates", "nginx 1.22 runs for nginx:1.26"),
        SurveyLine("nginx", "networks", "exact", "not an image"),
    ))  # fmt: skip
    said = shore("up", "--dry-run")
    assert (said.code, said.err.splitlines()[1:]) == (0, [
        "  db: postgres 15.18", "  nginx: image: nginx 1.22 runs for nginx:1.26",
    ])  # fmt: skip
    assert shore("--strict", "up", "--dry-run").code == 1
    scene.engine.taken = ShoreError("nginx: port 8080 is taken by node (pid 19552)")
    for words in (["up", "--dry-run"], ["run", "--dry-run", "backend", "true"]):
        said = shore(*words)
        assert (said.code, said.out) == (1, ""), words
        assert "✗ nginx: port 8080 is taken by node (pid 19552)" in said.err
    assert shore("up", "--dry-run", "--ports", "auto").code == 0
    scene.engine.taken = None
    shore("up", "-d")
    refused = SurveyLine("db", "image", "refused", "nothing stands in for db:2")
    scene.engine.survey_answer = Survey("native", (refused,))
    said = shore("up", "--dry-run")
    assert (said.code, "nothing stands in for db:2" in said.err) == (1, True), "also where it lives here already"
    assert not [call for call in scene.engine.calls if call.startswith("remove")]


@pytest.mark.parametrize("engine", [[], ["--engine", "native"]], ids=["free", "asked"])
def test_what_cannot_run_is_known_before_anything_starts_and_not_asked_where_all_runs(
    shore: Stage, engine: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = shore.set(gallery())
    assert shore(*engine, "up", "-d").code == 0
    asked: list[str] = []

    async def survey(stack: Stack) -> Survey:
        asked.append(stack.name)
        return Survey("native", (SurveyLine("db", "secrets", "refused", "secret x is external"),))

    monkeypatch.setattr(scene.engine, "survey", survey)
    assert (shore(*engine, "up", "-d").code, asked) == (0, [])
    scene.engine.forget()
    for words in (["up", "-d", "--force-recreate"], ["up", "--force-recreate"]):
        said = shore(*engine, *words)
        assert (said.code, "secret x is external" in said.err) == (1, True), words
    assert [call for call in scene.engine.calls if not call.startswith("find")] == []


def test_a_service_with_a_name_of_its_own_is_one(shore: Stage) -> None:
    scene = shore.set(gallery())
    db = replace(scene.stack.services["db"], container_name="own")
    scene.stack = replace(scene.stack, services={**scene.stack.services, "db": db})
    said = shore("up", "-d", "--scale", "db=2")
    assert (said.code, said.err.splitlines()[0]) == (
        1, "✗ services.db: 2 containers cannot all have the container_name own",
    )  # fmt: skip
    assert scene.engine.calls == []


def test_wait_timeout_bounds_the_wait_for_dependencies_too(shore: Stage) -> None:
    scene = shore.set(slow_start())
    said = shore("up", "--wait", "--wait-timeout", "0.3")
    assert (said.code, "✗ not ready after 0.3 s: db, backend" in said.err) == (1, True), said.err
    assert "start demo-backend-1" not in scene.engine.calls


def test_dry_run_counts_images_in(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.missing = {"backend", "nginx"}
    lines = shore("up", "--dry-run").out.splitlines()
    assert lines[:2] == [
        "1  build          backend:1                 no image",
        "2  pull           nginx:1                   no image",
    ]
    assert lines[4] == "5  create         db-1                      no container; after 3, 4"


def test_a_second_up_finds_it_running(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d", "--wait")
    scene.engine.calls.clear()
    said = shore("up", "-d", "--wait")
    assert scene.engine.calls == []
    assert said.screen.splitlines()[-4:] == [
        "",
        "up to date: db, backend, frontend, nginx",
        "  nginx   http://127.0.0.1:8080      logs: shore logs -f     stop: shore down",
        "  db      127.0.0.1:5432",
    ]
    assert shore("up", "--dry-run").out == "db, backend, frontend, nginx: up to date\n"


def test_a_changed_service_and_what_depends_on_it_are_recreated(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d", "--wait")
    changed = replace(
        scene.stack.services["backend"], raw={"image": "backend:1", "environment": {"URL": "x"}}, config_hash="other",
        places={"environment.URL": Place("compose.yaml", 22)},
    )  # fmt: skip
    scene.stack = replace(scene.stack, services={**scene.stack.services, "backend": changed})
    shore.set(scene)
    alone = shore("up", "--dry-run").out.splitlines()
    assert "frontend" in alone[-1], "up to date: what depends on it stays as it is"
    lines = shore("up", "--dry-run", "--always-recreate-deps").out.splitlines()
    assert lines[0] == "1  create         backend-1                 environment URL added (compose.yaml:22)"
    assert "4  create         frontend-1                its dependency backend is recreated" in lines
    assert lines[-1] == "db: up to date"


def test_a_running_service_is_left_alone_but_its_new_dependency_waited_for(shore: Stage) -> None:
    scene = gallery()
    scene.stack = stack(service("nginx"))
    shore.set(scene)
    shore("up", "-d")
    cache = service("cache", healthcheck=CHECK)
    scene.stack = stack(cache, service("nginx", "cache"))
    scene.engine.acts = {**scene.engine.acts, "cache": Act(healthy=0.05)}
    shore.set(scene)
    scene.engine.calls.clear()
    said = shore("up", "-d")
    assert (said.code, [call for call in scene.engine.calls if "nginx" in call]) == (0, [])
    assert scene.engine.containers["demo-cache-1"].health == "healthy"
    assert "nginx:" not in said.err


def test_a_new_dependency_that_fails_does_not_make_what_runs_unstarted(shore: Stage) -> None:
    scene = gallery()
    scene.stack = stack(service("nginx"))
    shore.set(scene)
    shore("up", "-d")
    scene.stack = stack(service("cache", healthcheck=CHECK), service("nginx", "cache"))
    scene.engine.acts = {"cache": Act(ends=0.02, exit_code=1, lines=("no memory",))}
    shore.set(scene)
    said = shore("up", "-d")
    assert said.code == 1
    assert "✗ cache: exited with code 1" in said.err
    assert "nginx" not in said.err
    assert scene.engine.containers["demo-nginx-1"].state == "running"


def test_what_is_ready_is_not_waited_for(shore: Stage) -> None:
    """When nginx is recreated, its healthy dependency is not touched, and nobody says that it is waited for."""
    scene = shore.set(gallery())
    shore("up", "-d", "--wait")
    changed = replace(scene.stack.services["nginx"], raw={"image": "nginx:1", "user": "x"}, config_hash="other")
    scene.stack = replace(scene.stack, services={**scene.stack.services, "nginx": changed})
    shore.set(scene)
    said = shore("up", "-d")
    assert "nginx: running" in said.err
    assert "waiting" not in said.err
    assert "waited" not in said.err


def test_the_time_of_another_command_is_not_counted(shore: Stage) -> None:
    from longshore.flow.lock import lock_path

    shore.set(gallery())
    path = lock_path("demo", os.environ)
    path.parent.mkdir(parents=True)
    held = path.open("w")
    fcntl.flock(held, fcntl.LOCK_EX)
    threading.Timer(1.0, held.close).start()
    said = shore("up", "-d", "--wait")
    assert said.err.startswith("waiting: another command works on demo")
    took = re.search(r"ready in ([\d.]+) s · critical path db ([\d.]+)", said.err)
    assert took
    assert float(took[1]) < 1.0
    assert float(took[2]) < 1.0


def test_images_are_made_first(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.missing = {"backend", "nginx"}
    said = shore("up", "-d")
    assert said.code == 0
    first = [call for call in scene.engine.calls if not call.startswith("preflight")][:2]
    assert first == ["build backend", "pull nginx:1"]
    assert "backend | made" in said.err
    assert "built backend: requirements.txt changed (2.1 s)" in said.err


def test_quiet_build_hides_the_output(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.missing = {"backend"}
    assert "made" not in shore("up", "-d", "--quiet-build").err


def test_a_failure_is_told_as_its_cause(shore: Stage) -> None:
    shore.set(broken())
    said = shore("up", "-d", "--wait")
    assert said.code == 1
    error = said.err[said.err.index("✗") :]
    assert error.splitlines() == [
        "✗ backend: exited with code 1, 0.0 s after start",
        "    │ starting",
        "    │ connecting to db",
        '    │ sqlalchemy.exc.OperationalError: password authentication failed for user "app_user"',
        "  frontend, nginx: not started, they depend on backend",
        "  hint: the volume demo_postgres_data may have been made with another password; "
        "a database keeps its first one.",
        "        change it back, or drop the data with: shore down -v",
    ]


def test_an_unhealthy_service_shows_its_last_probe(shore: Stage) -> None:
    scene = gallery()
    scene.engine.acts = {**scene.engine.acts, "backend": Act(unhealthy=0.02, lines=("listening on 8001",))}
    shore.set(scene)
    said = shore("up", "-d")
    assert said.code == 1
    assert said.err[said.err.index("✗") :].splitlines() == [
        "✗ backend: unhealthy",
        "    │ last probe: connection refused",
        "    │ listening on 8001",
        "  frontend, nginx: not started, they depend on backend",
    ]


def test_many_lines_are_counted(shore: Stage) -> None:
    scene = broken()
    lines = tuple(f"line {n}" for n in range(41))
    scene.engine.acts = {**scene.engine.acts, "backend": Act(ends=0.01, exit_code=3, lines=lines)}
    shore.set(scene)
    said = shore("up", "-d")
    assert "    │ (last 8 of 41 lines; all: shore logs backend)" in said.failure.splitlines()
    assert said.err.count("│ line") == 8


def test_a_one_shot_that_ends_with_zero_is_ready(shore: Stage) -> None:
    shore.set(one_shot())
    said = shore("up", "-d", "--wait")
    assert said.code == 0
    assert "migrate: completed after N s" in said.screen


def test_waiting_has_an_end(shore: Stage) -> None:
    scene = gallery()
    scene.engine.acts = {**scene.engine.acts, "nginx": Act(healthy=60)}
    shore.set(scene)
    said = shore("up", "-d", "--wait", "--wait-timeout", "0.3")
    assert said.code == 1
    assert "✗ not ready after 0.3 s: nginx" in said.err


def test_without_wait_what_still_starts_is_named(shore: Stage) -> None:
    scene = gallery()
    scene.engine.acts = {**scene.engine.acts, "nginx": Act(healthy=60)}
    shore.set(scene)
    said = shore("up", "-d")
    assert said.code == 0
    assert "started in" in said.err
    assert said.err.splitlines()[-3].endswith("still starting: nginx")


def test_a_taken_port_stops_everything_before_it_starts(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.taken = ShoreError(
        "nginx: port 8080 is taken by node (pid 19552)",
        place=Place("compose.yaml", 31),
        hint="stop it (kill 19552), publish another port, or let shore choose: shore up --ports auto",
    )
    said = shore("up", "-d")
    assert said.code == 1
    assert said.err.splitlines()[-2:] == [
        "✗ compose.yaml:31: nginx: port 8080 is taken by node (pid 19552)",
        "  stop it (kill 19552), publish another port, or let shore choose: shore up --ports auto",
    ]
    assert scene.engine.calls == ["preflight db,backend,frontend,nginx"]
    assert shore("up", "-d", "--ports", "auto").code == 0


def test_what_runs_on_is_not_asked_for_its_ports_again(shore: Stage) -> None:
    """It may publish others than the file's (--ports auto) while a pull of its image is planned."""
    scene = shore.set(gallery())
    shore("up", "-d")
    scene.engine.taken = ShoreError("db: port 5432 is taken by postgres (pid 19552)")
    scene.engine.calls.clear()
    assert shore("run", "-T", "--pull", "always", "backend", "true").code == 0
    assert [call for call in scene.engine.calls if call.startswith("preflight")] == []
    assert "pull db:1" in scene.engine.calls


def test_a_changed_volume_is_refused_though_nothing_else_is_to_be_done(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d")
    volume = replace(scene.stack.volumes["postgres_data"], driver_opts={"type": "tmpfs"})
    scene.stack = replace(scene.stack, volumes={"postgres_data": volume})
    shore.set(scene)
    scene.engine.calls.clear()
    for words in (("up", "-d"), ("up", "--dry-run"), ("run", "-T", "backend", "true")):
        said = shore(*words)
        assert said.code == 1
        assert said.err.splitlines()[-2:] == [
            "✗ volumes.postgres_data: the volume demo_postgres_data is there, but its driver options differ from the "
            "file's",
            "  undo the change, or rename the volume, or save its data and drop it: shore volume rm demo_postgres_data",
        ]
    assert not [call for call in scene.engine.calls if not call.startswith("preflight")]


def test_more_containers_than_ports_are_refused_before_anything_starts(shore: Stage) -> None:
    scene = shore.set(gallery())
    said = shore("up", "-d", "--scale", "nginx=3")
    assert said.code == 1
    assert said.err.splitlines()[-2:] == [
        "✗ nginx: 3 containers cannot all publish port 8080",
        "  publish a range (8080-8082:80), or let shore choose: shore up --ports auto",
    ]
    assert not [call for call in scene.engine.calls if not call.startswith("preflight")]
    assert shore("up", "-d", "--scale", "nginx=3", "--ports", "auto").code == 0


def test_only_the_named_services_and_what_they_need(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d", "backend")
    assert set(scene.engine.containers) == {"demo-db-1", "demo-backend-1"}
    shore("up", "-d", "--no-deps", "nginx")
    assert set(scene.engine.containers) == {"demo-db-1", "demo-backend-1", "demo-nginx-1"}


def test_what_other_services_do_is_not_said(shore: Stage) -> None:
    scene = gallery()
    scene.engine.acts = {**scene.engine.acts, "nginx": Act(healthy=60)}
    shore.set(scene)
    shore("up", "-d")
    said = shore("up", "-d", "--force-recreate", "db")
    assert "db: starting" in said.err
    assert "nginx" not in said.err.partition("ready in")[0]


def test_a_service_that_is_not_there(shore: Stage) -> None:
    shore.set(gallery())
    said = shore("up", "-d", "bakend")
    assert (said.code, said.err) == (1, '✗ there is no service "bakend"\n  did you mean backend?\n')


def test_scale(shore: Stage) -> None:
    scene = shore.set(gallery())
    said = shore("up", "-d", "--scale", "backend=2")
    assert {"demo-backend-1", "demo-backend-2"} <= set(scene.engine.containers)
    assert "backend-2: healthy" in said.err
    assert shore("up", "-d", "--scale", "backend").code == 2
    assert shore("up", "-d", "--scale", "nobody=2").code == 1


def test_no_start_and_create_make_containers_only(shore: Stage) -> None:
    for words in (["up", "--no-start"], ["create"]):
        scene = shore.set(gallery())
        assert shore(*words).code == 0
        assert {c.state for c in scene.engine.containers.values()} == {"created"}


def test_orphans_are_named_and_removed_when_asked(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.containers["demo-old-1"] = Container("demo-old-1", "demo-old-1", "old", state="running")
    assert "orphan containers: demo-old-1 (remove them with --remove-orphans)" in shore("up", "-d").err
    told, scene.stack = scene.stack, replace(scene.stack, environment={"COMPOSE_IGNORE_ORPHANS": "1"})
    assert "orphan" not in shore("up", "-d").err
    scene.stack = told
    said = shore("down")
    assert "orphan containers: demo-old-1 (remove them with --remove-orphans)" in said.err
    assert "finish demo" not in scene.engine.calls, "the agent watches over what stays"
    shore("up", "-d", "--remove-orphans")
    assert "demo-old-1" not in scene.engine.containers


def test_deviations_are_named_before_anything_starts(shore: Stage) -> None:
    scene = shore.set(gallery())
    line = SurveyLine("db", "image", "deviates", "postgres 15.18 runs for postgres:15.4")
    scene.engine.survey_answer = Survey("native", (line,))
    lines = shore("up", "-d").err.splitlines()
    assert lines[0] == "native · demo · 4 services   (1 deviation, no container engine answers)"
    assert lines[1] == "  db: image: postgres 15.18 runs for postgres:15.4"
    shore("down", "-v")
    strict = shore("--strict", "up", "-d")
    assert strict.code == 1
    assert "native cannot run this stack as written" in strict.err


def test_what_happened_before_is_said(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.notes = ("the agent was killed; 3 services stopped",)
    assert "note: the agent was killed; 3 services stopped" in shore("up", "-d").err


def test_progress_as_json_is_one_event_a_line(shore: Stage) -> None:
    shore.set(gallery())
    said = shore("--progress", "json", "up", "-d", "--wait")
    events = [json.loads(line) for line in said.err.splitlines()]
    kinds = [(event["kind"], event["service"]) for event in events]
    assert ("container.health", "frontend") in kinds
    assert kinds.index(("container.health", "db")) < kinds.index(("container.started", "backend"))


def test_progress_quiet_says_nothing_but_errors(shore: Stage) -> None:
    shore.set(gallery())
    assert shore("--progress", "quiet", "up", "-d").err == ""
    shore.set(broken())
    assert shore("--progress", "quiet", "up", "-d").failure.startswith("✗ backend")


def test_an_empty_stack(shore: Stage) -> None:
    shore.set(Scene(stack()))
    assert shore("up", "-d").failure.startswith("✗ no service to start")


def test_engine_is_closed_whatever_happens(shore: Stage) -> None:
    for code, scene in enumerate((gallery(), broken())):
        shore.set(scene)
        assert shore("up", "-d").code == code
        assert scene.engine.closed == 1


def test_attached_ends_with_its_services(shore: Stage) -> None:
    made = stack(service("a"), service("b"))
    engine = StageEngine({"a": Act(ends=0.02, lines=("one", "two")), "b": Act(ends=0.05, lines=("three",))})
    shore.set(Scene(made, engine))
    said = shore("up")
    assert said.code == 0
    assert sorted(said.out.splitlines()) == [
        "a │ one", "a │ two", "b │ three", "demo-a-1 exited with code 0", "demo-b-1 exited with code 0",
    ]  # fmt: skip


def test_exit_code_from_stops_the_others(shore: Stage) -> None:
    scene = shore.set(workers())
    said = shore("up", "--exit-code-from", "job")
    assert said.code == 3
    assert scene.engine.containers["demo-web-1"].state == "exited"
    assert "job │ done" in said.out


def test_exit_code_from_a_service_that_is_stopped(shore: Stage) -> None:
    shore.set(workers())
    assert shore("up", "--exit-code-from", "web").code == 143


def test_abort_on_container_exit(shore: Stage) -> None:
    scene = shore.set(workers())
    assert shore("up", "--abort-on-container-exit").code == 3
    assert scene.engine.containers["demo-web-1"].state == "exited"


def test_abort_on_failure_lets_a_success_pass(shore: Stage) -> None:
    made = stack(service("good"), service("bad"))
    engine = StageEngine({"good": Act(ends=0.01), "bad": Act(ends=0.08, exit_code=9)})
    shore.set(Scene(made, engine))
    assert shore("up", "--abort-on-container-failure").code == 9


def test_attach_chooses_whose_logs_are_shown(shore: Stage) -> None:
    for words in (("--attach", "job"), ("--no-attach", "job"), ("--no-log-prefix",)):
        shore.set(workers())
        said = shore("up", *words, "--exit-code-from", "job")
        assert said.code == 3
        assert {"up": "up" in said.out, "done": "done" in said.out} == {
            "up": words != ("--attach", "job"), "done": words != ("--no-attach", "job"),
        }  # fmt: skip
    assert said.out.splitlines()[0] in ("done", "up")


def test_attached_and_broken_stops_what_started(shore: Stage) -> None:
    scene = shore.set(broken())
    assert shore("up").code == 1
    assert {c.state for c in scene.engine.containers.values()} <= {"exited", "created"}


def test_build_needs_no_running_engine_state(shore: Stage) -> None:
    scene = shore.set(gallery())
    said = shore("build", "--build-arg", "A=1")
    assert said.code == 0
    assert scene.engine.calls == ["build backend"]
    assert shore("build", "--dry-run").out == "1  build          backend:1                 --build\n"


def test_a_build_that_fails(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = shore.set(gallery())

    async def fail(*_: object) -> None:
        raise ShoreError(
            "RUN make: exited with code 2", place=Place("Dockerfile", 7), details=("no rule to make target",)
        )

    monkeypatch.setattr(scene.engine, "build", fail)
    said = shore("build")
    assert said.code == 1
    assert said.err.splitlines()[-2:] == [
        "✗ Dockerfile:7: RUN make: exited with code 2",
        "    │ no rule to make target",
    ]


def test_run_of_nothing_to_build(shore: Stage) -> None:
    made = replace(gallery().stack.services["backend"], build=None)
    shore.set(Scene(stack(made)))
    assert "no service has a build:" in shore("build").err
    assert Build  # the type that the gallery's back end has


def test_attached_stays_after_a_one_shot(shore: Stage) -> None:
    """The migration ends before the application starts: that nothing runs in between is not the end."""
    scene = one_shot()
    scene.engine.acts = {**scene.engine.acts, "app": Act(ends=0.2, lines=("serving",))}
    shore.set(scene)
    said = shore("up")
    assert said.code == 0
    assert said.out.splitlines()[-2:] == ["app     │ serving", "demo-app-1 exited with code 0"]


def test_abort_while_others_still_start(shore: Stage) -> None:
    made = stack(service("db", healthcheck=CHECK), service("app", "db"), service("job"))
    engine = StageEngine({"db": Act(healthy=3600), "job": Act(ends=0.02, exit_code=4)})
    shore.set(Scene(made, engine))
    assert shore("up", "--abort-on-container-exit").code == 4
    assert engine.containers["demo-db-1"].state == "exited"
    assert engine.containers["demo-app-1"].state == "created"


def test_attached_to_what_runs_already(shore: Stage) -> None:
    scene = shore.set(workers())
    scene.engine.acts = {**scene.engine.acts, "job": Act(ends=0.6, exit_code=3)}
    shore("up", "-d")
    said = shore("up", "--exit-code-from", "job")
    assert said.code == 3
    assert "demo-job-1 exited with code 3" in said.out


def test_the_scale_command(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d")
    scene.engine.calls.clear()
    assert shore("scale", "backend=3").code == 0
    assert [call for call in scene.engine.calls if call.startswith(("create", "stop"))] == [
        "create demo-backend-2", "create demo-backend-3",
    ]  # fmt: skip
    assert shore("scale", "backend=1").code == 0
    assert [name for name in scene.engine.containers if "backend" in name] == ["demo-backend-1"]
    assert shore("scale", "backend").code == 2
