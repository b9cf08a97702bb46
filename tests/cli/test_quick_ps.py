"""`ps` the short way: the project's plain name without YAML, the agent's own answer without the engine; and never a
different answer from the long way."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from longshore.compose.load import LoadOptions, load_project
from longshore.compose.read.quickname import quick_name
from longshore.model.codec import encode
from longshore.model.record import fields
from longshore.native.command.quicklist import glance
from longshore.native.shared.records import NetworkRecord, ProjectRecord, Record, as_container
from longshore.native.shared.spec import ContainerSpec, MountSpec
from longshore.state.observed import Published
from tests.cli.conftest import Stage

PLAIN = {
    "no name": "services:\n  a:\n    image: x\n",
    "a name": "name: other\nservices:\n  a:\n    image: x\n",
    "quoted": "name: 'other'  # said\nservices:\n  a:\n    image: x\n",
    "said last": "services:\n  a:\n    image: x\nname: other\n",
    "two documents": "name: one\nservices:\n  a:\n    image: x\n---\nname: other\nservices:\n  b:\n    image: x\n",
    "a name inside": "services:\n  a:\n    image: x\n    labels:\n      name: inside\n",
    "text": "services:\n  a:\n    image: x\n    command: |\n      name: inside\n",
    "version and networks": "version: '3'\nservices:\n  a:\n    image: x\nnetworks:\n  n: {}\n",
}
UNUSUAL = {
    "a variable": "name: ${X:-y}\nservices:\n  a:\n    image: x\n",
    "flow": "{name: other, services: {a: {image: x}}}\n",
    "quoted key": '"name": other\nservices:\n  a:\n    image: x\n',
    "indented": "  name: other\n  services:\n    a:\n      image: x\n",
    "not a name": "name: Other Things\nservices:\n  a:\n    image: x\n",
    "engine named": "services:\n  a:\n    image: x\nx-longshore:\n  engine: docker\n",
    "anchor": "name: &n other\nservices:\n  a:\n    image: x\n",
    "not UTF-8": b"services:\n  a:\n    image: caf\xe9\n",
}


@pytest.mark.parametrize("kind", PLAIN)
def test_a_plain_name_is_the_loaders(tmp_path: Path, kind: str) -> None:
    (tmp_path / "compose.yaml").write_text(PLAIN[kind])
    name = quick_name((), "", {})
    assert name == load_project(LoadOptions(environ={})).name
    assert name in ("other", tmp_path.name.replace(".", ""))


@pytest.mark.parametrize("kind", UNUSUAL)
def test_what_is_unusual_is_left_to_the_loader(tmp_path: Path, kind: str) -> None:
    text = UNUSUAL[kind]
    (tmp_path / "compose.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert quick_name((), "", {}) is None


def test_where_files_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker-compose.yml").write_text(PLAIN["a name"])
    (tmp_path / "docker-compose.override.yml").write_text(PLAIN["a name"].replace("other", "over"))
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert quick_name((), "", {}) == "over" == load_project(LoadOptions(environ={})).name
    assert quick_name(("../docker-compose.yml",), "", {}) == "other"
    assert quick_name((), "asked", {}) == "asked"
    assert quick_name((), "", {"COMPOSE_PROJECT_NAME": "said"}) == "said"
    assert quick_name((), "Not A Name", {}) is None
    assert quick_name((), "", {"COMPOSE_FILE": "x.yaml"}) is None
    assert quick_name(("missing.yaml",), "", {}) is None
    assert quick_name(("-",), "", {}) is None
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=from_env\n")
    assert quick_name((), "", {}) is None


RECORD = Record(
    ContainerSpec(
        "0f90a98f6d14", "demo-db-1", "demo", "db", ("postgres", "-D", "/data"), ("/layer",), image="postgres:16",
        image_id="sha256:1", runs="postgres 16.2", config_hash="abc", labels={"a": "b"},
        mounts=(MountSpec("volume", "/data", "demo_data"), MountSpec("bind", "/x", "/y")),
    ),
    state="running", health="healthy", pid=77, created=1.0, started=2.0, addresses={"demo_default": "172.18.0.2"},
    ports=(Published("127.0.0.1", 5432, 5432), Published("", 53, 53, "udp")),
)  # fmt: skip


class Agent:
    """Answers as an agent does, on its socket, from a thread."""

    def __init__(self, folder: Path, answers: dict[str, Any]) -> None:
        folder.mkdir(parents=True)
        self._answers = answers
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / "agent.sock"))
        self._server.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with suppress(OSError), connection, connection.makefile("rb") as stream:  # who asked may have gone
                for line in stream:
                    asked = json.loads(line)
                    said = self._answers.get(asked["do"], {"error": {"what": "no"}})
                    connection.sendall(json.dumps({"id": asked["id"], **said}).encode() + b"\n")

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, Any]]:
    record = ProjectRecord("demo", networks={"n": NetworkRecord("n")}, containers={RECORD.spec.id: RECORD})
    answers = {"hello": {"result": {"format": 1, "pid": 1}}, "list": {"result": encode(record)}}
    living = Agent(tmp_path / "state/longshore/demo", answers)
    yield answers
    living.close()


def test_a_glance_is_what_the_engine_would_say(agent: dict[str, Any]) -> None:
    found = glance("demo")
    assert found is not None
    (seen,) = found
    real = as_container(RECORD)
    for name in fields(real):
        if name not in ("restarts", "tty", "ports"):
            assert getattr(seen, name) == getattr(real, name), name
    assert [vars(port) for port in seen.ports] == [
        {"host_ip": p.host_ip, "published": p.published, "target": p.target, "protocol": p.protocol} for p in real.ports
    ]


def test_ps_takes_it(shore: Stage, agent: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "compose.yaml").write_text("name: demo\nservices:\n  db:\n    image: postgres:16\n")
    monkeypatch.setattr("longshore.cli.where.make_engines", lambda environ, **_: pytest.fail("asked an engine"))
    (row,) = shore("ps").out.splitlines()[1:]
    assert row.split("  ")[0] == "db"
    assert "127.0.0.1:5432→5432, 0.0.0.0:53→53/udp" in row
    assert json.loads(shore("ps", "--format", "json", "db").out)["Name"] == "demo-db-1"
    assert shore("ps", "-q", "--status", "exited").out == ""


@pytest.mark.parametrize("words", [["--engine", "docker", "ps"], ["ps", "nobody"], ["ps", "--orphans=false"]])
def test_anything_else_takes_the_long_way(
    shore: Stage, agent: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    (tmp_path / "compose.yaml").write_text("name: demo\nservices:\n  db:\n    image: postgres:16\n")
    asked: list[str] = []
    monkeypatch.setattr(
        "longshore.cli.commands.ps.finish", lambda command: asked.append("long") or command.close() or 0
    )
    assert shore(*words).code == 0
    assert asked == ["long"]


@pytest.mark.parametrize(
    "answers",
    [
        {"hello": {"result": {"format": 99, "pid": 1}}},
        {"hello": {"error": {"what": "no"}}},
        {"list": {"error": {"what": "no"}}},
    ],
)
def test_an_agent_that_says_something_else(agent: dict[str, Any], answers: dict[str, Any]) -> None:
    agent.update(answers)
    assert glance("demo") is None


def test_no_agent(tmp_path: Path) -> None:
    assert glance("demo") is None
    (tmp_path / "state/longshore/demo").mkdir(parents=True)
    assert glance("demo") is None


def test_it_loads_nothing_heavy(agent: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("name: demo\nservices:\n  db:\n    image: postgres:16\n")
    program = "import sys\nfrom longshore.cli.main import main\nmain(['ps'])\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
    )  # fmt: skip
    assert "demo" not in done.stderr
    assert done.stdout.splitlines()[1].startswith("db")
    assert not {"asyncio", "yaml", "dataclasses", "pathlib", "rich"} & set(done.stdout.splitlines()[-1].split())
