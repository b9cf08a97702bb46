"""ps, logs, ls, port, images, volumes, volume rm, wait, exec, run: what they print and pass on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from longshore.engine.base import ImageInfo
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Service
from longshore.report.containers import status_text
from longshore.state.events import ContainerRemoved, Event
from longshore.state.observed import Container, Published
from tests.cli.conftest import Stage
from tests.cli.scenes import Scene, gallery, one_shot, service, stack, workers
from tests.cli.stage import Act, StageEngine

COMPOSE_KEYS = [
    "Command", "CreatedAt", "ExitCode", "Health", "ID", "Image", "Labels", "LocalVolumes", "Mounts", "Name", "Names",
    "Networks", "Ports", "Project", "Publishers", "RunningFor", "Service", "Size", "State", "Status",
]  # fmt: skip
"""What docker compose 2.40.3 prints, in its order."""

TABLE = """\
SERVICE    STATE     HEALTH    RUNS            UP   PORTS
backend    running   healthy   uvicorn         2m   –
db         running   healthy   postgres 16.2   2m   127.0.0.1:5432→5432
frontend   running   healthy   vite 7.1        2m   –
nginx      running   –         nginx 1.22      2m   127.0.0.1:8080→80
"""


@pytest.fixture
def up(shore: Stage) -> Scene:
    scene = gallery()
    scene.engine.clock -= 125
    shore.set(scene)
    assert shore("up", "-d", "--wait").code == 0
    scene.engine.calls.clear()
    return scene


def test_ps_is_a_table(shore: Stage, up: Scene) -> None:
    assert shore("ps").out == TABLE


def test_ps_of_a_service_that_ended(shore: Stage) -> None:
    shore.set(one_shot())
    shore("up", "-d", "--wait")
    assert shore("ps").out.splitlines()[1:] == ["app       running   –        app:1   0s   –"]
    assert shore("ps", "-a").out.splitlines()[1:] == [
        "app       running      –        app:1       0s   –",
        "migrate   exited (0)   –        migrate:1   –    –",
    ]
    assert shore("ps", "--status", "exited", "--services").out == "migrate\n"
    assert shore("ps", "--filter", "status=running", "-q").out.startswith("demo-app-1#")


def test_ps_json_is_composes_shape(shore: Stage, up: Scene) -> None:
    lines = [json.loads(line) for line in shore("ps", "--format", "json").out.splitlines()]
    assert [list(line) for line in lines] == [COMPOSE_KEYS] * 4
    db = lines[1]
    assert db["Publishers"] == [
        {"URL": "127.0.0.1", "TargetPort": 5432, "PublishedPort": 5432, "Protocol": "tcp"},
    ]
    assert (db["Name"], db["Service"], db["State"], db["Health"], db["ExitCode"]) == (
        "demo-db-1", "db", "running", "healthy", 0,
    )  # fmt: skip
    assert (db["Status"], db["RunningFor"], db["Ports"]) == (
        "Up 2 minutes (healthy)", "2 minutes ago", "127.0.0.1:5432->5432/tcp",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("container", "text"),
    [
        (Container("", "", "", state="running", started=999.5), "Up Less than a second"),
        (Container("", "", "", state="running", started=999), "Up 1 second"),
        (Container("", "", "", state="running", started=910), "Up About a minute"),
        (Container("", "", "", state="running", health="starting", started=400), "Up 10 minutes (health: starting)"),
        (Container("", "", "", state="running", started=1000 - 3600), "Up About an hour"),
        (Container("", "", "", state="running", started=1000 - 5 * 3600), "Up 5 hours"),
        (Container("", "", "", state="running", started=1000 - 60 * 3600), "Up 2 days"),
        (Container("", "", "", state="exited", exit_code=3, finished=997), "Exited (3) 3 seconds ago"),
        (Container("", "", "", state="created"), "Created"),
        (Container("", "", "", state="restarting", exit_code=1, finished=998), "Restarting (1) 2 seconds ago"),
    ],
)
def test_status_is_dockers_sentence(container: Container, text: str) -> None:
    assert status_text(container, 1000.0) == text


def test_ps_says_who_saw_it_healthy(shore: Stage, up: Scene) -> None:
    db = up.engine.containers["demo-db-1"]
    up.engine.containers["demo-db-1"] = replace(db, seen_by="shore")
    assert "healthy (seen by shore)" in shore("ps").out


def test_ps_by_a_template(shore: Stage, up: Scene) -> None:
    assert shore("ps", "--format", "{{.Service}} {{.State}}").out.splitlines()[0] == "backend running"
    assert shore("ps", "db", "--format", "table {{.Name}}\\t{{.ExitCode}}").out.splitlines() == [
        "NAME        EXIT CODE",
        "demo-db-1   0",
    ]
    assert json.loads(shore("ps", "db", "--format", "{{json .}}").out)["Service"] == "db"
    for wrong in ("{{.Nonsense}}", "{{range .Ports}}x{{end}}"):
        assert shore("ps", "--format", wrong).code == 2


def test_ps_orphans(shore: Stage, up: Scene) -> None:
    up.engine.containers["demo-old-1"] = Container("demo-old-1", "demo-old-1", "old", state="running")
    assert "old" in shore("ps").out
    assert "old" not in shore("ps", "--orphans=false").out


def test_ps_with_no_trunc(shore: Stage, up: Scene) -> None:
    db = up.engine.containers["demo-db-1"]
    up.engine.containers["demo-db-1"] = replace(db, command="postgres -c shared_buffers=256MB")
    short, full = (json.loads(shore("ps", *f, "--format", "json", "db").out)["Command"] for f in ([], ["--no-trunc"]))
    assert short == '"postgres -c shared_…"'
    assert full == '"postgres -c shared_buffers=256MB"'


def test_logs_have_one_prefix_width(shore: Stage, up: Scene) -> None:
    lines = shore("logs").out.splitlines()
    assert "db       │ database system is ready to accept connections" in lines
    assert "nginx    │ start worker processes" in lines


def test_logs_of_one_service(shore: Stage, up: Scene) -> None:
    assert shore("logs", "db").out == "db │ database system is ready to accept connections\n"
    assert shore("logs", "--no-log-prefix", "nginx").out == "start worker processes\n"
    stamped = shore("logs", "-t", "nginx").out
    assert stamped.startswith("nginx │ 20")
    assert stamped.endswith("Z start worker processes\n")


def test_logs_in_colour_keep_a_services_colour(shore: Stage, up: Scene) -> None:
    every = shore("--ansi", "always", "logs").out
    alone = shore("--ansi", "always", "logs", "nginx").out
    assert "\x1b[35mnginx" in every
    assert "\x1b[35mnginx" in alone
    assert "\x1b[" not in shore("--ansi", "always", "logs", "--no-color").out


def test_logs_tail_and_since(shore: Stage) -> None:
    made = stack(service("web"))
    scene = shore.set(Scene(made, StageEngine({"web": Act(lines=("one", "two", "three"))})))
    shore("up", "-d")
    assert shore("logs", "--tail", "1").out == "web │ three\n"
    assert shore("logs", "-n0").out == ""
    assert shore("logs", "--since", "1h").out.count("\n") == 3
    assert shore("logs", "--since", "2099-01-01").out == ""
    assert scene.engine.closed == 5


def test_logs_follow_until_the_end(shore: Stage) -> None:
    shore.set(workers())
    shore("up", "-d")
    assert "job │ done" in shore("logs", "-f", "job").out


def test_exec_passes_everything_on(shore: Stage, up: Scene) -> None:
    said = shore("exec", "-T", "-u", "app", "-w", "/srv", "-e", "A=1", "backend", "sh", "-c", "echo -e x")
    assert (said.code, said.out) == (0, "")
    assert up.engine.calls == ["exec demo-backend-1 sh -c echo -e x tty=False"]


def test_exec_ends_with_the_commands_code(shore: Stage, up: Scene) -> None:
    assert shore("exec", "db", "false").code == 7


def test_exec_in_what_does_not_run(shore: Stage, up: Scene) -> None:
    shore("stop", "nginx")
    assert shore("exec", "nginx", "sh").failure == "✗ nginx is not running (exited)\n  start it: shore up -d nginx\n"
    assert shore("exec", "--index", "2", "db", "sh").failure.startswith("✗ db-2 is not running (not there)")


def test_run_brings_up_what_it_needs(shore: Stage) -> None:
    scene = shore.set(gallery())
    said = shore("run", "--rm", "-T", "-e", "A=1", "-v", "/tmp:/x:ro", "-p", "9000:8000", "backend", "pytest", "-q")
    assert said.code == 0
    assert set(scene.engine.containers) == {"demo-db-1"}
    request = scene.engine.ran
    assert request.service.command == ("pytest", "-q")
    assert request.service.environment["A"] == "1"
    assert [(m.type, m.source, m.target, m.read_only) for m in request.service.mounts] == [("bind", "/tmp", "/x", True)]
    assert [(p.published, p.target) for p in request.service.ports] == [("9000", 8000)]
    assert (request.remove, request.tty, request.detach) == (True, False, False)
    assert request.name.startswith("demo-backend-run-")


def test_run_leaves_ports_out_unless_asked(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("run", "-T", "db", "true")
    assert scene.engine.ran.service.ports == ()
    shore("run", "-T", "-P", "db", "true")
    assert len(scene.engine.ran.service.ports) == 1


def test_run_looks_at_its_ports_before_anything_starts(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.taken = ShoreError("nginx: port 8080 is taken by python3 (pid 7)", hint="stop it (kill 7)")
    said = shore("run", "-T", "-P", "nginx", "true")
    assert (said.code, said.err) == (1, "✗ nginx: port 8080 is taken by python3 (pid 7)\n  stop it (kill 7)\n")
    assert scene.engine.calls == ["preflight nginx"]
    scene.engine.taken = None
    shore("up", "-d", "db")
    scene.engine.calls.clear()
    said = shore("run", "-T", "-P", "db", "true")
    assert said.failure.startswith(
        "✗ db: port 5432 is taken by demo-db-1, of this project\n  stop it (shore stop db), or"
    )
    assert scene.engine.calls == []


def test_run_no_deps_and_the_commands_own_code(shore: Stage) -> None:
    scene = shore.set(gallery())
    assert shore("run", "-T", "--no-deps", "backend", "false").code == 5
    assert scene.engine.containers == {}


def test_run_with_an_entrypoint(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("run", "-T", "--no-deps", "--entrypoint", "sh -c", "-u", "7", "backend", "id")
    changed = scene.engine.ran.service
    assert (changed.entrypoint, changed.command, changed.user) == (("sh", "-c"), ("id",), "7")


def test_run_with_wrong_mounts_and_ports(shore: Stage) -> None:
    shore.set(gallery())
    assert shore("run", "-v", "", "db", "sh").code == 2
    assert shore("run", "-p", "70000:1:2:3", "db", "sh").code == 2


def test_run_builds_the_image_first(shore: Stage) -> None:
    scene = shore.set(gallery())
    scene.engine.missing = {"backend"}
    shore("run", "-T", "--no-deps", "backend", "true")
    assert scene.engine.calls[0] == "build backend"


def test_port(shore: Stage, up: Scene) -> None:
    assert shore("port", "nginx", "80").out == "127.0.0.1:8080\n"
    said = shore("port", "nginx", "81")
    assert (said.code, said.err) == (1, "✗ nginx does not publish 81/tcp\n  it publishes 80/tcp\n")


def test_ls(shore: Stage, up: Scene) -> None:
    assert shore("ls").out.splitlines() == [
        "NAME   STATUS       ENGINE   CONFIG FILES",
        "demo   running(4)   native",
    ]
    shore("stop", "nginx")
    assert json.loads(shore("ls", "-a", "--format", "json").out) == [
        {"Name": "demo", "Status": "exited(1), running(3)", "ConfigFiles": ""}
    ]
    assert json.loads(shore("ls", "--format", "json").out)[0]["Status"] == "running(3)", "what does not run is for -a"
    shore("stop")
    assert shore("ls", "-q").out == ""
    assert shore("ls", "-aq").out == "demo\n"


def test_images(shore: Stage, up: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = json.loads(shore("images", "--format", "json").out)
    assert rows[0] == {
        "ID": "id of db:1", "ContainerName": "demo-db-1", "Repository": "db", "Tag": "1", "Size": 0,
    }  # fmt: skip
    assert "postgres 16.2" in shore("images").out
    assert {row["Size"] for row in rows} == {0}

    async def find_image(stack: object, service: Service) -> ImageInfo:
        return ImageInfo(service.image, "id", size=52_000_000)

    monkeypatch.setattr(up.engine, "find_image", find_image)
    assert {row["Size"] for row in json.loads(shore("images", "--format", "json").out)} == {52_000_000}
    assert shore("images").out.count("49.6 MB") == 4


def test_volumes(shore: Stage, up: Scene) -> None:
    assert shore("volumes", "-q").out == "demo_postgres_data\n"
    assert shore("volumes", "nginx", "-q").out == ""
    assert "db" in shore("volumes").out


def test_volume_ls(shore: Stage, up: Scene) -> None:
    assert shore("volume", "ls").out == (
        "VOLUME               PROJECT   ENGINE\ndemo_postgres_data   demo      native\n"
    )
    assert shore("volume", "ls", "-q").out == "demo_postgres_data\n"
    listed = shore("volume", "ls", "--format", "json").out
    assert listed == shore("volumes", "--format", "json").out
    assert json.loads(listed)["Name"] == "demo_postgres_data"


def test_volume_ls_of_none_has_its_header(shore: Stage) -> None:
    shore.set(gallery())
    assert shore("volume", "ls").out == "VOLUME   PROJECT   ENGINE\n"
    assert shore("volume", "ls", "-q").out == ""
    assert shore("volume", "ls", "--format", "json").out == ""


def test_every_engine_is_closed_by_volume(shore: Stage, up: Scene) -> None:
    """Also one that has no volume, and when a name is unknown."""
    up.engine.kept.clear()
    for code, words in enumerate((("ls",), ("rm", "--force", "demo_x"))):
        closed = up.engine.closed
        assert shore("volume", *words).code == code
        assert up.engine.closed == closed + 1


def test_volume_rm_asks_first(shore: Stage, up: Scene) -> None:
    refused = shore("volume", "rm", "demo_postgres_data")
    assert refused.code == 1
    assert "say yes with --force" in refused.err
    assert "demo_postgres_data" in up.engine.kept
    assert shore("volume", "rm", "--force", "demo_postgres_data").out == "demo_postgres_data\n"
    assert up.engine.kept == {}
    assert shore("volume", "rm", "demo_x").failure == "✗ no such volume: demo_x\n  see shore volume ls\n"


def test_wait(shore: Stage) -> None:
    shore.set(workers())
    shore("up", "-d")
    said = shore("wait", "job")
    assert (said.code, said.out) == (3, 'container "demo-job-1#3" exited with status code 3\n')


def test_wait_for_what_is_removed_meanwhile(shore: Stage, up: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows how it would have ended; Docker Compose ends with 0, too."""

    async def events(project: str) -> AsyncIterator[Event]:
        yield ContainerRemoved(service="backend", container="demo-backend-1")
        yield ContainerRemoved(service="db", container="demo-db-1")
        raise AssertionError("nothing is waited for any more")

    monkeypatch.setattr(up.engine, "events", events)
    said = shore("wait", "db")
    assert (said.code, said.out) == (0, "")


def test_wait_of_nothing_that_runs(shore: Stage) -> None:
    shore.set(workers())
    assert shore("wait", "job").code == 1


def test_wait_takes_the_project_down(shore: Stage) -> None:
    scene = shore.set(workers())
    shore("up", "-d")
    assert shore("wait", "--down-project", "job").code == 3
    assert scene.engine.containers == {}


def test_events_between_two_times(shore: Stage, up: Scene) -> None:
    assert shore("events", "--until", "1h").out == "", "all of it came later"
    said = shore("events", "--json", "--since", "1h", "--until", "+1s", "db").out
    lines = [json.loads(line) for line in said.splitlines()]
    assert [(line["kind"], line["container"]) for line in lines] == [("container.started", "demo-db-1")]


def test_attach_shows_what_comes_and_ends_with_the_services_code(shore: Stage) -> None:
    scene = shore.set(workers())
    scene.engine.acts = {**scene.engine.acts, "job": Act(ends=0.6, exit_code=3, lines=("done",))}
    shore("up", "-d")
    assert shore("attach", "job").code == 3
    assert shore("attach", "job").code == 1, "it does not run any more"


def test_run_in_the_background_prints_the_id_alone(shore: Stage) -> None:
    shore.set(gallery())
    assert shore("run", "-d", "db", "sleep", "1").out == "id of the one-off\n"


def test_ports_of_every_kind() -> None:
    from longshore.report.closing import addresses, where

    assert where(Published("", 8080, 80)) == "http://127.0.0.1:8080"
    assert where(Published("::", 8080, 80)) == "http://[::1]:8080"
    assert where(Published("127.0.0.1", 5432, 5432)) == "127.0.0.1:5432"
    twice = (Published("0.0.0.0", 8080, 80), Published("::", 8080, 80))
    assert addresses([Container("", "", "web", ports=twice)]) == [
        ("web", "http://127.0.0.1:8080"),
        ("web", "http://[::1]:8080"),
    ]
