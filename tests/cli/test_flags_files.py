"""What each flag of the commands about files changes (config, alpha viz, doctor, verify, shim), and each global one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from longshore.model.record import replace
from longshore.verify.prove import Asked
from longshore.verify.result import Family
from longshore.verify.run import Told
from tests.cli.conftest import Stage
from tests.cli.scenes import gallery
from tests.report.verify.sample import REPORT

FILE = """\
name: shop
services:
  web:
    image: "web:${TAG:-1}"
    env_file: own.env
    depends_on: [db]
    ports: ["127.0.0.1:81:80"]
    volumes: [./here:/srv]
    networks: [front]
    labels: {mode: "${MODE?must be set}"}
  db:
    image: db:2
    volumes: [data:/data]
    networks: [front]
  extra: {image: extra:3, profiles: [more], env_file: own.env}
volumes: {data: , left: }
networks: {front: , back: }
models: {small: {model: ai/small}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "compose.yaml").write_text(FILE)
    (tmp_path / "own.env").write_text("FROM_FILE=1\n")
    monkeypatch.setenv("MODE", "a")
    monkeypatch.delenv("TAG", raising=False)
    return tmp_path


def config(shore: Stage, *words: str) -> Any:
    said = shore("config", "--format", "json", *words)
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_config_lists(shore: Stage, folder: Path) -> None:
    for flag, lines in (
        ("--services", ["db", "web"]),
        ("--volumes", ["data"]),
        ("--networks", ["front"]),
        ("--images", ["db:2", "web:1"]),
        ("--profiles", ["more"]),
        ("--models", []),
    ):
        assert shore("config", flag).out.splitlines() == lines, flag
    (folder / "compose.yaml").write_text(FILE.replace("depends_on: [db]", "depends_on: [db]\n    models: [small]"))
    assert shore("config", "--models").out.splitlines() == ["ai/small"]
    (folder / "own.env").unlink()
    for flag, first in (
        ("--services", "db"), ("--volumes", "data"), ("--networks", "front"), ("--images", "db:2"),
        ("--profiles", "more"), ("--models", "ai/small"),
    ):  # fmt: skip
        assert shore("config", flag).out.splitlines()[0] == first, f"{flag} reads no file of variables"
    (folder / "own.env").write_text("FROM_FILE=1\n")
    variables = {line.split()[0]: line.split()[1:] for line in shore("config", "--variables").out.splitlines()}
    assert variables["TAG"] == ["false", "1"]
    assert variables["MODE"] == ["true"]
    assert "MODE=a" in shore("config", "--environment").out.splitlines()
    said = shore("config", "--variables", "--format", "json").out
    assert said.endswith("}\n\n"), "as Docker Compose, two line ends"
    assert json.loads(said)["TAG"] == {
        "Name": "TAG", "DefaultValue": "1", "PresenceValue": "", "Required": False,
    }  # fmt: skip
    assert '\n    "MODE": {' in said
    assert "\n    required: true" in shore("config", "--variables", "--format", "yaml").out


def test_config_services_of_none(shore: Stage, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("name: none\nnetworks: {a: }\n")
    for words in ((), ("--no-interpolate",)):
        assert shore("config", "--services", *words).out == ""


def test_config_hashes(shore: Stage, folder: Path) -> None:
    every = dict(line.split() for line in shore("config", "--hash", "*").out.splitlines())
    assert sorted(every) == ["db", "web"]
    assert shore("config", "--hash", "db").out == f"db {every['db']}\n"
    assert shore("config", "--hash", "dbb").failure.startswith('✗ there is no service "dbb"')


def test_config_and_what_is_left_as_written(shore: Stage, folder: Path) -> None:
    plain = config(shore)
    web = plain["services"]["web"]
    assert (web["image"], web["environment"], web["volumes"][0]["source"]) == (
        "web:1", {"FROM_FILE": "1"}, str(folder / "here"),
    )  # fmt: skip
    raw = config(shore, "--no-interpolate")["services"]["web"]
    assert (raw["image"], raw["labels"]) == ("web:${TAG:-1}", {"mode": "${MODE?must be set}"})
    assert plain["networks"]["front"]["name"] == "shop_front"
    assert "name" not in (config(shore, "--no-normalize")["networks"]["front"] or {})
    assert "name" not in (config(shore, "--compatibility")["networks"]["front"] or {})
    assert config(shore, "--no-path-resolution")["services"]["web"]["volumes"][0]["source"] == "./here"
    read, unread = (config(shore, *flag, "extra")["services"]["extra"] for flag in ((), ("--no-env-resolution",)))
    assert (read["environment"], "environment" in unread) == ({"FROM_FILE": "1"}, False)
    assert unread["env_file"] == [str(folder / "own.env")]
    assert sorted(plain["volumes"]) == ["data"]
    assert sorted(config(shore, "--all-resources")["volumes"]) == ["data", "left"]


def test_config_and_what_is_checked(shore: Stage, folder: Path) -> None:
    (folder / "compose.yaml").write_text(FILE.replace("networks: [front]", "networks: [none]"))
    assert shore("config").code == 1
    assert shore("config", "--no-consistency").code == 0
    (folder / "compose.yaml").write_text(FILE)
    assert shore("config", "-q").out == ""
    assert shore("config", "-o", "out.yaml").out == ""
    assert (folder / "out.yaml").read_text() == shore("config").out
    assert shore("config", "--format", "toml").code == 2
    assert sorted(config(shore, "db")["services"]) == ["db"]
    assert sorted(config(shore, "web")["services"]) == ["db", "web"]


def test_config_digests(shore: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def pinned(images: Any, environ: object) -> dict[str, str]:
        return {image: f"{image}@sha256:0" for image in images}

    monkeypatch.setattr("longshore.flow.pinning.pinned", pinned)
    found = config(shore, "--resolve-image-digests")
    assert found["services"]["web"]["image"] == "web:1@sha256:0"
    assert found["services"]["web"]["labels"] == {"mode": "a"}
    assert config(shore, "--lock-image-digests")["services"]["db"] == {
        "command": None, "entrypoint": None, "image": "db:2@sha256:0",
    }  # fmt: skip


def test_global_options_say_which_project(shore: Stage, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.yaml").write_text("services: {db: {image: 'db:${TAG}'}}\n")
    (other / "own.env").write_text("TAG=9\nFROM_FILE=2\n")
    assert shore("-p", "mine", "config", "--format", "json").out.startswith('{\n  "name": "mine"')
    words = ("-f", "compose.yaml", "--file", "other/more.yaml", "--env-file", "other/own.env")
    both = json.loads(shore(*words, "config", "--format", "json").out)
    assert both["services"]["db"]["image"] == "db:9"
    moved = json.loads(shore("-f", "compose.yaml", "--project-directory", "other", "config", "--format", "json").out)
    assert moved["services"]["web"]["volumes"][0]["source"] == str(other / "here")
    assert moved["services"]["web"]["environment"] == {"TAG": "9", "FROM_FILE": "2"}
    assert "extra" in json.loads(shore("--profile", "more", "config", "--format", "json").out)["services"]


def test_global_options_say_how_it_is_shown(shore: Stage) -> None:
    shore.set(gallery())
    assert shore("--progress", "quiet", "up", "-d").err == ""
    shore.set(gallery())
    assert all(
        json.loads(line)["kind"] for line in shore("--progress", "json", "up", "-d").err.splitlines() if line[0] == "{"
    )
    assert "\x1b[" in shore("--ansi", "always", "ps").out
    assert "\x1b[" not in shore("--ansi", "never", "ps").out
    assert shore("--engine", "podman", "ps").code == 2
    assert shore("--images", "nowhere", "ps").code == 2


def test_debug_shows_where_it_broke(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    shore.set(gallery())
    monkeypatch.setattr("longshore.flow.home.at_home", lambda *_, **__: 1 / 0)
    assert "ZeroDivisionError" in shore("--debug", "top").failure
    assert "Traceback" not in shore("top").failure


def test_where_the_native_engine_has_images_from(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from longshore.cli import where as options

    seen: list[str] = []
    scene = shore.set(gallery())
    make = options.make_engines

    def engines(environ: Any, **words: Any) -> Any:
        seen.append(environ.get("SHORE_IMAGES", ""))
        return make(environ, **words)

    monkeypatch.setattr(options, "make_engines", engines)
    monkeypatch.setenv("SHORE_IMAGES", "builtin")
    shore("ls")
    shore("--images", "registry", "ls")
    assert seen == ["builtin", "registry"]
    assert scene.engine.closed == 2


def test_viz_and_its_flags(shore: Stage, folder: Path) -> None:
    plain = shore("alpha", "viz").out
    assert '\n\t"web" -> "db";\n' in plain
    for flag, text in (("--image", "<br/>web:1"), ("--networks", "<br/>front"), ("--ports", "<br/>127.0.0.1:81:80")):
        assert text not in plain
        assert text in shore("alpha", "viz", flag).out
    assert '\n\t\t"web" -> "db";\n' in shore("alpha", "viz", "--indentation-size", "2").out
    assert '\n  "web" -> "db";\n' in shore("alpha", "viz", "--indentation-size", "2", "--spaces").out


def test_build_print_takes_along_what_is_needed(shore: Stage, folder: Path) -> None:
    (folder / "compose.yaml").write_text(
        "name: shop\nservices: {web: {build: ., depends_on: [lib]}, lib: {build: ./lib}}\n"
    )
    assert json.loads(shore("build", "--print", "web").out)["group"]["default"]["targets"] == ["web"]
    both = json.loads(shore("build", "--print", "--with-dependencies", "web").out)["group"]["default"]["targets"]
    assert sorted(both) == ["lib", "web"]
    for words, key, value in (
        (("--pull",), "pull", True), (("--no-cache",), "no-cache", True), (("--check",), "call", "lint"),
        (("--build-arg", "A=1"), "args", {"A": "1"}), (("--ssh", "k=/p"), "ssh", ["k=/p"]),
    ):  # fmt: skip
        target = json.loads(shore("build", "--print", *words, "web").out)["target"]["web"]
        assert target[key] == value, words
        assert key not in json.loads(shore("build", "--print", "web").out)["target"]["web"]


def test_an_argument_named_alone_is_the_environments_or_the_dockerfiles(
    shore: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "compose.yaml").write_text(
        "name: shop\nservices: {web: {build: {context: ., args: {A: file, B: file}}}}\n"
    )
    monkeypatch.setenv("B", "outside")
    said = shore("build", "--print", "--build-arg", "A", "--build-arg", "B", "web").out
    assert json.loads(said)["target"]["web"]["args"] == {"B": "outside"}


# doctor


@pytest.fixture
def careless(tmp_path: Path) -> Path:
    """A project with a finding that can be mended, and advice."""
    (tmp_path / "compose.yaml").write_text(
        "version: '3'\nname: shop\nservices:\n  web:\n    image: nginx:1.25.3\n    restart: always\n"
        "    healthcheck: {test: [CMD, 'true']}\n"
    )
    return tmp_path


def test_doctor_mends_what_is_safe_after_a_yes(shore: Stage, careless: Path) -> None:
    plain = ("doctor", "--no-machine", "--no-linter")
    before = (careless / "compose.yaml").read_text()
    said = shore(*plain)
    every = shore(*plain, "--all")
    assert len(every.out) > len(said.out)
    asked = shore(*plain, "--fix")
    assert (asked.code, (careless / "compose.yaml").read_text()) == (1, before)
    assert "-version: '3'" in asked.err
    assert "✗ nobody is here to answer: change compose.yaml?\n  say yes with --yes\n" in asked.err
    assert "-version: '3'" in shore("--dry-run", *plain, "--fix", "--yes").err
    assert (careless / "compose.yaml").read_text() == before
    shore(*plain, "--fix", "--yes")
    assert "version" not in (careless / "compose.yaml").read_text()


# verify


@pytest.fixture
def proofs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Asked]]:
    """What `verify` asks for, with the engine; the answer is a report that has seen everything."""
    asked: list[tuple[str, Asked]] = []

    async def prove(place: Any, wish: Asked, audience: object, told: object) -> Any:
        asked.append((place.engine, wish))
        return replace(REPORT, origin=replace(REPORT.origin, engine=place.engine or "native"))

    monkeypatch.setattr("longshore.verify.prove.prove", prove)
    monkeypatch.setattr("longshore.cli.verifying.TableOfResults", lambda args: Told())
    monkeypatch.delenv("CI", raising=False)
    return asked


def test_verify_asks_for_what_its_flags_say(
    shore: Stage, proofs: list[tuple[str, Asked]], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Asked()
    for words, asked in (
        ((), plain),
        (("web",), replace(plain, services=("web",))),
        (("--fresh",), replace(plain, fresh=True)),
        (("--disturb",), replace(plain, disturb=True)),
        (("--screenshots",), replace(plain, screenshots=True)),
        (("--family", "safe", "--family", "starts"), replace(plain, families=(Family.SAFE, Family.STARTS))),
    ):
        assert shore("verify", *words).code == 1
        assert proofs[-1] == ("", asked), words
    monkeypatch.setenv("CI", "true")
    assert shore("verify").code == 1
    assert proofs[-1][1].fresh is True
    assert shore("verify", "--no-fresh").code == 1
    assert proofs[-1][1].fresh is False


def test_verify_writes_reports(shore: Stage, proofs: list[tuple[str, Asked]], tmp_path: Path) -> None:
    assert shore("verify", "--report", "a.json", "--report", "b.md").code == 1
    assert json.loads((tmp_path / "a.json").read_text())
    assert (tmp_path / "b.md").read_text().startswith("#")
    same = shore("verify", "--baseline", "a.json")
    plain = shore("verify")
    assert same.out != plain.out
    assert (same.code, plain.code) == (1, 1)
    assert shore("verify", "--baseline", "none.json").failure.startswith("✗ --baseline none.json cannot be read")
    assert shore("verify", "--report", "no/such.json").failure.startswith(
        "✗ the report cannot be written to no/such.json"
    )
    assert shore("verify", "--report", "x.txt").code == 2
    said = shore("verify", "--format", "json")
    assert (said.code, json.loads(said.out)["schema"]) == (1, 1)


def test_verify_on_several_engines(shore: Stage, proofs: list[tuple[str, Asked]], tmp_path: Path) -> None:
    said = shore("verify", "--engines", "native,docker", "--report", "r.json")
    assert [(engine, asked.fresh) for engine, asked in proofs] == [("native", True), ("docker", True)]
    assert said.out.startswith("on native\n")
    assert said.code == 1
    for form, begins in (("json", "{"), ("markdown", "#")):
        shown = shore("verify", "--engines", "native,docker", "--format", form)
        assert (shown.code, shown.out[0]) == (1, begins), "nothing but the report"
    del proofs[2:]
    assert sorted(path.name for path in tmp_path.glob("*.json")) == ["r-docker.json", "r-native.json", "r.json"]
    for words in (
        ("--engines", "native"),
        ("--engines", "native,podman"),
        ("--engines", "native,docker", "--format", "sarif"),
    ):
        assert shore("verify", *words).code == 2
    assert len(proofs) == 2


# shim


def test_shim_and_its_flags(shore: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert shore("shim").code == 2
    assert shore("shim", "--plugin", "x").code == 2
    assert (
        shore("--dry-run", "shim", "bin").out == f"make  {tmp_path}/bin/docker\nmake  {tmp_path}/bin/docker-compose\n"
    )
    assert not (tmp_path / "bin").exists()
    assert shore("shim", "bin").out == f"{tmp_path}/bin/docker\n{tmp_path}/bin/docker-compose\n"
    assert (tmp_path / "bin/docker").stat().st_mode & 0o777 == 0o755
    assert shore("shim", "bin").code == 0, "what it made it makes again"
    plugin = tmp_path / "docker/cli-plugins/docker-compose"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("the real one")
    said = shore("shim", "--plugin")
    assert (said.code, plugin.read_text()) == (1, "the real one")
    assert "with --force it is kept" in said.err
    assert shore("shim", "--plugin", "--force").code == 0
    assert "made by shore shim" in plugin.read_text()
    assert (tmp_path / "docker/docker-compose.real").read_text() == "the real one"
    (tmp_path / "bin/docker").write_text("another")
    assert shore("shim", "bin", "--force").code == 1
