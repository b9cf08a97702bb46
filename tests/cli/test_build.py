"""`shore build --check` and `--print`, and the flags that are another builder's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longshore.cli import main
from tests.cli.conftest import Stage
from tests.cli.scenes import gallery

FILE = r"""
name: p
services:
  a.b:
    image: reg/ab
    build:
      context: .
      dockerfile_inline: "FROM scratch\nENV X=$${Y} KNOWN=$${Z}\nCMD run\n"
      args: {TAG: "1$${2}", HERE: }
      additional_contexts: {lib: "service:lib"}
      ssh: [default]
      shm_size: 64m
      extra_hosts: ["h=1.2.3.4", "h=::1"]
  fine: {build: {dockerfile_inline: "FROM scratch\n"}}
  wrong: {build: {dockerfile_inline: "FROM scratch\nNOTHING\n"}, profiles: [odd]}
  lib: {build: ./lib, profiles: [odd]}
  other: {image: x}
"""

CHECKED = """\
web

Check complete, 2 warnings have been found!

WARNING: JSONArgsRecommended - https://docs.docker.com/go/dockerfile/rule/json-args-recommended/
JSON arguments recommended for CMD to prevent unintended behavior related to OS signals
FOLDER/d/Dockerfile.dev:2
--------------------
   1 |     FROM scratch
   2 | >>> CMD x
   3 |     MAINTAINER y
   4 |     
--------------------

WARNING: MaintainerDeprecated - https://docs.docker.com/go/dockerfile/rule/maintainer-deprecated/
Maintainer instruction is deprecated in favor of using label
FOLDER/d/Dockerfile.dev:3
--------------------
   1 |     FROM scratch
   2 |     CMD x
   3 | >>> MAINTAINER y
   4 |     
--------------------
"""  # noqa: W291


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "compose.yaml").write_text(FILE)
    (tmp_path / "lib").mkdir()
    monkeypatch.setenv("HERE", "there")
    return tmp_path


@pytest.fixture
def engineless(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine answers."""
    monkeypatch.setenv("SHORE_ENGINE", "docker")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


@pytest.mark.usefixtures("folder", "engineless")
def test_check_tells_of_every_dockerfile_and_fails_with_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["build", "--check"]) == 1
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line and line[0].islower()] == [
        "a_b", "inline:2", "inline:2", "inline:3", "fine",
    ]  # fmt: skip
    assert "Check complete, 3 warnings have been found!" in out
    assert out.endswith("fine\n\nCheck complete, no warnings found.\n")


@pytest.mark.usefixtures("engineless")
def test_check_prints_as_docker_compose_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As Docker Compose 2.40.3 with buildx 0.29.1 and BuildKit 0.25.1 did, but for what they say of their steps."""
    (folder / "compose.yaml").write_text("services: {web: {build: {context: ., dockerfile: d/Dockerfile.dev}}}\n")
    (folder / "d").mkdir()
    (folder / "d/Dockerfile.dev").write_text("FROM scratch\nCMD x\nMAINTAINER y\n")
    assert main.main(["build", "--check"]) == 1
    assert capsys.readouterr().out == CHECKED.replace("FOLDER", str(folder))


@pytest.mark.usefixtures("folder", "engineless")
def test_check_of_what_is_fine_and_of_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["build", "--check", "fine", "other"]) == 0
    assert capsys.readouterr().out == "fine\n\nCheck complete, no warnings found.\n"
    assert main.main(["build", "--check", "wrong"]) == 1
    assert "error: inline:2: NOTHING is not an instruction" in capsys.readouterr().out
    assert main.main(["build", "--check", "--quiet", "a.b"]) == 1
    assert not capsys.readouterr().out


@pytest.mark.usefixtures("engineless")
def test_print_is_a_file_for_bake(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["build", "--print", "a.b", "--build-arg", "MORE=1", "--ssh", "k=/key", "--push"]) == 0
    bake = json.loads(capsys.readouterr().out)
    assert bake["group"] == {"default": {"targets": ["a_b", "lib"]}}
    assert bake["target"]["lib"]["dockerfile"] == f"{folder}/lib/Dockerfile"
    assert bake["target"]["a_b"] == {
        "context": str(folder),
        "contexts": {"lib": "target:lib"},
        "dockerfile-inline": "FROM scratch\nENV X=$${Y} KNOWN=$${Z}\nCMD run\n",
        "args": {"HERE": "there", "MORE": "1", "TAG": "1$${2}"},
        "labels": {"com.docker.compose.project": "p", "com.docker.compose.service": "a.b",
                   "com.docker.compose.version": "2.40.3"},
        "tags": ["reg/ab"],
        "ssh": ["default=", "k=/key"],
        "shm-size": "67108864",
        "extra-hosts": {"h": "1.2.3.4,::1"},
        "output": ["type=registry"],
    }  # fmt: skip
    assert main.main(["build", "--print", "other"]) == 0
    assert not capsys.readouterr().out


@pytest.mark.parametrize("flag", ["--builder=x", "--provenance=true", "--sbom=mode=max"])
def test_what_only_another_builder_can_do_is_refused_by_name(shore: Stage, flag: str) -> None:
    shore.set(gallery())
    said = shore("build", flag)
    assert said.code == 1
    assert f"{flag.partition('=')[0]} is not for" in said.err


def test_flags_that_ask_for_nothing(shore: Stage) -> None:
    shore.set(gallery())
    said = shore("build", "--provenance=false", "--memory=1g")
    assert said.code == 0
    assert "no build is bounded by it" in said.err
    assert shore("build", "--memory=big").code == 2
    assert shore("build", "--ssh=key").code == 2
