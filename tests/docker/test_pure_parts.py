"""The smaller translations, each as data: addresses, references, frames, progress, restarts, the engine's JSON."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from longshore.docker.api.connection import Tls, resolve
from longshore.docker.api.errors import api_error, cannot_connect
from longshore.docker.api.frames import Demultiplexer, LineJoiner
from longshore.docker.container import portholder as holders
from longshore.docker.container.health import argv_of, check_of, probe_environment
from longshore.docker.events import will_restart
from longshore.docker.image.buildlog import BuildLog, PodmanLog
from longshore.docker.image.presence import Progress, registry_of, split_reference
from longshore.docker.project import observe
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Port, Service
from longshore.model.stack import Volume
from longshore.state.events import BuildOutput, BuildStep, Event
from longshore.state.hashes import go_json
from longshore.state.observed import Container, Published
from longshore.state.volumes import changed


def test_docker_host_wins_over_contexts(tmp_path: Path) -> None:
    found = resolve({"DOCKER_HOST": "tcp://box:2375", "DOCKER_CONTEXT": "other", "HOME": str(tmp_path)})
    assert (found.kind, found.host, found.port, found.tls) == ("tcp", "box", 2375, None)
    assert not found.local


def test_tls_files_come_from_the_certificate_folder(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    found = resolve({"DOCKER_HOST": "tcp://box", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)})
    assert (found.port, found.tls) == (2376, Tls(ca=str(tmp_path / "ca.pem")))


def make_context(folder: Path, name: str, host: str) -> None:
    place = folder / "contexts" / "meta" / sha256(name.encode()).hexdigest()
    place.mkdir(parents=True)
    (place / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))


def test_the_current_context_of_dockers_own_configuration_is_used(tmp_path: Path) -> None:
    make_context(tmp_path, "lab", "unix:///lab.sock")
    (tmp_path / "config.json").write_text('{"currentContext": "lab"}')
    found = resolve({"DOCKER_CONFIG": str(tmp_path)})
    assert (found.path, found.source) == ("/lab.sock", "docker context lab")


def test_a_context_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="docker context 'gone' is not found"):
        resolve({"DOCKER_CONTEXT": "gone", "DOCKER_CONFIG": str(tmp_path)})


def test_ssh_is_refused_with_a_way() -> None:
    with pytest.raises(ShoreError) as raised:
        resolve({"DOCKER_HOST": "ssh://me@box"})
    assert "ssh -nNT -L" in raised.value.hint


@pytest.mark.parametrize(
    ("reference", "name", "tag", "registry"),
    [
        ("redis", "redis", "latest", "https://index.docker.io/v1/"),
        ("me/app:2", "me/app", "2", "https://index.docker.io/v1/"),
        ("host.test:5000/a/b", "host.test:5000/a/b", "latest", "host.test:5000"),
        ("ghcr.test/a:1@sha256:ab", "ghcr.test/a:1", "sha256:ab", "ghcr.test"),
    ],
)
def test_references(reference: str, name: str, tag: str, registry: str) -> None:
    assert split_reference(reference) == (name, tag)
    assert registry_of(reference) == registry


def frame(stream: int, data: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def test_frames_are_found_however_the_bytes_are_cut() -> None:
    whole = frame(1, b"out") + frame(2, b"") + frame(2, b"err")
    frames = Demultiplexer()
    found = [item for index in range(len(whole)) for item in frames.feed(whole[index : index + 1])]
    assert found == [("stdout", b"out"), ("stderr", b""), ("stderr", b"err")]


def test_a_line_in_pieces_is_put_together_and_keeps_its_first_time() -> None:
    lines = LineJoiner()
    found = [*lines.feed("stdout", b"T1 abc"), *lines.feed("stderr", b"T2 x\n"), *lines.feed("stdout", b"T3 def\n")]
    assert found == [("stderr", "T2", "x"), ("stdout", "T1", "abcdef")]
    assert [*lines.feed("stdout", b"T4 end"), *lines.rest()] == [("stdout", "T4", "end")]


@pytest.mark.parametrize(
    ("policy", "exit_code", "deaths", "asked", "expected"),
    [
        ({"Name": "always"}, 0, 1, False, True),
        ({"Name": "always"}, 0, 1, True, False),
        ({"Name": "on-failure"}, 0, 1, False, False),
        ({"Name": "on-failure"}, 1, 9, False, True),
        ({"Name": "on-failure", "MaximumRetryCount": 3}, 1, 3, False, True),
        ({"Name": "on-failure", "MaximumRetryCount": 3}, 1, 4, False, False),
        ({"Name": "unless-stopped"}, 137, 2, False, True),
        ({"Name": ""}, 1, 1, False, False),
        ({}, 1, 1, False, False),
    ],
)
def test_which_deaths_are_followed_by_a_restart(
    policy: dict[str, Any], exit_code: int, deaths: int, asked: bool, expected: bool
) -> None:
    assert will_restart(policy, exit_code, deaths, asked=asked) is expected


def test_layers_of_a_pull_add_up() -> None:
    progress = Progress("a")
    assert progress.take({"status": "Downloading", "id": "1", "progressDetail": {"current": 5, "total": 10}})
    assert progress.take({"status": "Downloading", "id": "2", "progressDetail": {"current": 1, "total": 90}})
    assert not progress.take({"status": "Extracting", "id": "1", "progressDetail": {"current": 9, "total": 10}})
    assert (progress.done, progress.total) == (6, 100)


BUILD = """#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#4 [1/3] FROM docker.io/library/debian
#4 CACHED
#5 [2/3] RUN one
#5 CACHED
#6 [stage 3/3] RUN two
#6 sha256:abc
#6 0.210 hello
#6 ERROR: exit code: 1
------
 > [stage 3/3] RUN two:
------
executor failed running [/bin/sh -c two]: exit code: 1"""


def test_buildkits_lines_become_steps() -> None:
    events: list[Event] = []
    log = BuildLog("web", events.append)
    for line in BUILD.splitlines():
        log.take(line)
    steps = [(e.number, e.instruction, e.cached) for e in events if isinstance(e, BuildStep)]
    assert steps == [(1, "FROM docker.io/library/debian", True), (2, "RUN one", True), (3, "stage: RUN two", False)]
    assert [e.line for e in events if isinstance(e, BuildOutput)] == ["hello"]
    assert (log.failed, log.changed, log.all_cached) == ("step 3/3: stage: RUN two", "stage: RUN two", False)
    assert list(log.tail) == ["hello", "executor failed running [/bin/sh -c two]: exit code: 1"]


ON_PODMAN = """[1/2] STEP 1/2: FROM python:3.11-slim AS base
[1/2] STEP 2/2: RUN one
--> Using cache 4134c6a620aa1285f4b45585c5fd6baa81978854a98b38b200775f518ef1424b
--> 4134c6a620a
[2/2] STEP 1/3: FROM 4134c6a620aa1285f4b45585c5fd6baa81978854a98b38b200775f518ef1424b
[2/2] STEP 2/3: RUN two
hello
--> 85cab911c95
[2/2] STEP 3/3: RUN three
Error: building at STEP "RUN three": while running runtime: exit status 3"""


def test_podmans_lines_become_steps() -> None:
    events: list[Event] = []
    log = PodmanLog("web", events.append)
    for line in ON_PODMAN.splitlines():
        log.take(line)
    steps = [(e.number, e.total, e.cached) for e in events if isinstance(e, BuildStep)]
    assert steps == [(1, 2, False), (2, 2, True), (1, 3, False), (2, 3, False)]
    assert [e.line for e in events if isinstance(e, BuildOutput)] == ["hello"]
    assert (log.failed, log.changed, log.all_cached) == ("step 3/3: RUN three", "RUN two", False)
    assert log.tail[-1] == 'Error: building at STEP "RUN three": while running runtime: exit status 3'


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("driver failed: Bind for 0.0.0.0:80 failed: port is already allocated", "--ports auto"),
        ("write /x: no space left on device", "docker system df"),
        ("Get https://registry.test/v2/: dial tcp: lookup registry.test: no such host", "no registry can be reached"),
        ("pull access denied for x, repository does not exist", "docker login"),
        ('Conflict. The container name "/a" is already in use by container "b"', "remove that container"),
    ],
)
def test_the_engines_words_get_a_hint(message: str, hint: str) -> None:
    error = api_error(500, json.dumps({"message": message}).encode())
    assert error.what == message
    assert hint in error.hint


def test_go_escapes_what_html_would_read() -> None:
    assert go_json({"a": "x & <y>\u2028é"}) == '{"a":"x \\u0026 \\u003cy\\u003e\\u2028é"}'.encode()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0001-01-01T00:00:00Z", 0.0),
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-01T00:00:02.123456789Z", 2.123456789),
        ("1970-01-01T01:00:03+01:00", 3.0),
        ("", 0.0),
    ],
)
def test_the_engines_times(text: str, seconds: float) -> None:
    assert observe.moment(text) == pytest.approx(seconds)


def test_a_name_without_what_a_replacement_adds() -> None:
    assert observe.own_name("/0123456789ab_p-web-1") == "p-web-1"
    assert observe.own_name("/p-web-1") == "p-web-1"


def test_health_checks_are_read_back_from_the_container() -> None:
    inspected = {"Config": {"Healthcheck": {"Test": ["CMD-SHELL", "pg_isready"], "Interval": 10**9}, "Env": ["A=1"]}}
    check = check_of(inspected)
    assert check is not None
    assert (check.test, check.interval, check.timeout) == (("CMD-SHELL", "pg_isready"), 1.0, None)
    assert argv_of(check.test) == ("/bin/sh", "-c", "pg_isready")
    assert argv_of(("CMD", "a", "b")) == ("a", "b")
    assert check_of({"Config": {"Healthcheck": {"Test": ["NONE"]}}}) is None
    assert check_of({"Config": {}}) is None


def test_an_eager_probe_does_not_take_postgres_first_server_for_the_real_one() -> None:
    assert probe_environment({"Config": {"Env": ["A=1"]}}) == {"PGHOST": "127.0.0.1"}
    assert probe_environment({"Config": {"Env": ["PGHOST=db"]}}) == {}


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"Driver": "local", "Options": None}, ""),
        ({"Driver": "local", "Options": {"type": "nfs"}}, "its driver options differ"),
        ({"Driver": "flocker", "Options": {}}, "its driver is flocker, the file says local"),
    ],
)
def test_a_volume_whose_definition_changed_is_refused_with_a_way_out(found: dict[str, Any], text: str) -> None:
    error = changed(Volume("data", "p_data"), found["Driver"], found["Options"] or {})
    assert (error.what if error else "").find(text) >= 0
    assert bool(error) == bool(text)
    if error:
        assert "shore volume rm p_data" in error.hint


def test_taken_ports_are_left_to_the_engine() -> None:
    ports = (Port(80, "8080"), Port(81, "8081"), Port(82), Port(83, "9000-9010"))
    found = holders.with_free_ports(Service("web", ports=ports), lambda ip, port, protocol: port != 8080)
    assert [port.published for port in found.ports] == ["", "8081", "", "9000-9010"]


@pytest.mark.parametrize(("status", "running", "health"), [("running", True, "healthy"), ("exited", False, "")])
def test_health_is_that_of_what_runs(status: str, running: bool, health: str) -> None:
    """The engine keeps the last word of a health check after the container's end."""
    state = {"Status": status, "Running": running, "Health": {"Status": "healthy"}}
    found = observe.container({"Id": "1", "Name": "/demo-db-1", "State": state, "Config": {}, "NetworkSettings": {}})
    assert found.health == health


INSPECTED: dict[str, Any] = {
    "Id": "1", "Name": "/demo-db-1", "Path": "postgres", "Args": ["-c", "a=b"], "Image": "sha256:1", "RestartCount": 2,
    "Created": "1970-01-01T00:00:01Z",
    "State": {"Status": "Running", "Running": True, "ExitCode": 3, "Pid": 9, "StartedAt": "1970-01-01T00:00:02Z",
              "FinishedAt": "1970-01-01T00:00:03Z", "Health": {"Status": "none"}},
    "Config": {"Image": "db:1", "Tty": True, "Labels": {
        "com.docker.compose.service": "db", "com.docker.compose.container-number": "4",
        "com.docker.compose.config-hash": "h", "com.docker.compose.oneoff": "True"}},
    "NetworkSettings": {
        "Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "81"}, {"HostIp": "::1", "HostPort": ""}],
                  "53/udp": None, "7": [{}]},
        "Networks": {"a": {"IPAddress": "10.0.0.2"}, "b": {"GlobalIPv6Address": "fd00::2"}, "c": {}},
    },
    "Mounts": [{"Type": "volume", "Name": "data"}, {"Type": "bind", "Source": "/x"}],
}  # fmt: skip


def test_a_container_as_the_engine_shows_it() -> None:
    assert observe.container(INSPECTED) == Container(
        "1", "demo-db-1", "db", 4, state="running", exit_code=3, image="db:1", image_id="sha256:1", config_hash="h",
        command="postgres -c a=b", created=1.0, started=2.0, finished=3.0, restarts=2, pid=9, oneoff=True,
        ports=(Published("127.0.0.1", 81, 80), Published("::1", 0, 80), Published("", 0, 7)),
        networks={"a": "10.0.0.2", "b": "fd00::2", "c": ""}, volumes=("data",), tty=True,
        labels=INSPECTED["Config"]["Labels"],
    )  # fmt: skip


def test_a_container_that_says_next_to_nothing() -> None:
    bare = {"Id": "1", "Name": "/x", "State": {"Status": "odd"}, "Config": {}, "NetworkSettings": {}}
    assert observe.container(bare) == Container("1", "x", "", 0, state="created")


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (PermissionError(13, "no"), "no permission to use the Docker engine at unix:///x (test)", "join the group"),
        (FileNotFoundError(2, "no"), "no Docker engine answers at unix:///x (test)", "start Docker or Podman"),
        (ConnectionRefusedError(), "no Docker engine answers at unix:///x (test)", "start Docker or Podman"),
        (OSError(113, "No route to host"), "cannot reach the Docker engine at unix:///x (test): No route to host",
         "check DOCKER_HOST"),
        (OSError("odd"), "cannot reach the Docker engine at unix:///x (test): odd", "check DOCKER_HOST"),
    ],
)  # fmt: skip
def test_an_engine_that_cannot_be_reached(error: OSError, said: str, hint: str) -> None:
    found = cannot_connect(replace(resolve({"DOCKER_HOST": "unix:///x"}), source="test"), error)
    assert found.what == said
    assert found.hint.startswith(hint)


@pytest.mark.parametrize(
    ("body", "what"), [(b"", "the engine answers with status 500"), (b"[1]", "[1]"), (b"a\n b", "a b")]
)
def test_an_answer_that_is_no_message(body: bytes, what: str) -> None:
    error = api_error(500, body)
    assert (error.what, error.hint, error.status) == (what, "", 500)


def test_what_the_base_takes_changes_nothing_and_a_step_is_told_once() -> None:
    events: list[Event] = []
    log = BuildLog("web", events.append)
    for line in "#4 [1/2] FROM x", "#4 0.1 a", "#4 0.2", "#4 DONE 1s", "#5 [2/2] COPY FROM y", "#5 CACHED", "#5 DONE":
        log.take(line)
    assert [(e.number, e.cached) for e in events if isinstance(e, BuildStep)] == [(1, False), (2, True)]
    assert (log.changed, log.all_cached, log.failed, list(log.tail)) == ("", True, "", ["a", ""])
    log.take("#6 [3/3] COPY FROM z")
    log.take("#6 DONE 0s")
    assert (log.changed, log.all_cached) == ("COPY FROM z", False)
    for number in range(20):
        log.take(f"#6 1.{number} line {number}")
    assert list(log.tail) == [f"line {number}" for number in range(5, 20)]
