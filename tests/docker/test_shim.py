"""`docker compose` is shore: by a docker of its own on PATH, and as a plug-in of the real docker."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.docker.compose import why_no_compose
from tests.docker.dockerd import CLI
from tests.shore import SHORE

pytestmark = pytest.mark.e2e

SAID = "docker compose is answered by Longshore (shore shim)"


class Place:
    """A folder with a Compose file, a PATH and a docker configuration of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "compose.yaml").write_text("name: shimmed\nservices: {web: {image: 'redis:7'}}\n")
        names = ("STATE", "DATA", "CACHE")
        private = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in names}
        self.environ = {
            **os.environ, **private, "HOME": str(folder), "DOCKER_CONFIG": str(folder / "docker"),
            "DOCKER_HOST": "unix:///nowhere/docker.sock",
        }  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=120)

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def place(tmp_path: Path) -> Place:
    reason = why_no_compose()
    if reason:
        pytest.skip(reason)
    return Place(tmp_path)


def test_a_docker_on_path_whose_compose_is_shore(place: Place) -> None:
    place.ok(SHORE, "shim", "bin")
    place.environ["PATH"] = f"{place.folder}/bin:{Path(CLI).parent}:{os.environ['PATH']}"
    docker, compose = f"{place.folder}/bin/docker", f"{place.folder}/bin/docker-compose"
    for words in ([docker, "compose"], [docker, "-l", "error", "compose"], [compose]):
        done = place.run(*words, "config", "--services")
        assert (done.returncode, done.stdout, done.stderr) == (0, "web\n", f"{SAID}\n")
    assert place.ok(docker, "compose", "version", "--short") == "2.40.3\n"
    assert place.ok(docker, "--version") == place.ok(CLI, "--version")
    done = place.run(docker, "compose", "bridge", "--help")
    assert "Convert compose files into another model" in done.stdout
    assert "docker compose is asked" in done.stderr
    assert place.run(docker, "compose", "config", "--no-such-flag").stderr.endswith("unknown flag: --no-such-flag\n")
    place.environ["PATH"] = f"{place.folder}/bin:/nowhere"
    done = place.run("/bin/sh", docker, "ps")
    assert (done.returncode, "there is no other docker here" in done.stderr) == (127, True)


def test_a_plug_in_of_the_real_docker(place: Place) -> None:
    said = place.run(SHORE, "shim", "--plugin")
    assert "it stands before" in said.stderr
    plugins = json.loads(place.ok(CLI, "info", "-f", "{{json .ClientInfo.Plugins}}"))
    assert [(one["Name"], one["Vendor"]) for one in plugins if one["Name"] == "compose"] == [("compose", "Longshore")]
    done = place.run(CLI, "compose", "config", "--services")
    assert (done.returncode, done.stdout, done.stderr) == (0, "web\n", f"{SAID}\n")
    assert "Convert compose files" in place.run(CLI, "compose", "bridge", "--help").stdout


def test_a_real_plug_in_is_never_replaced_without_a_word(place: Place) -> None:
    own = place.folder / "docker/cli-plugins/docker-compose"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\necho real\n")
    own.chmod(0o755)
    said = place.run(SHORE, "shim", "--plugin")
    assert (said.returncode, "was not made by shore shim" in said.stderr) == (1, True)
    assert own.read_text() == "#!/bin/sh\necho real\n"
    said = place.run(SHORE, "shim", "--plugin", "--force")
    kept = place.folder / "docker/docker-compose.real"
    assert f"it is kept as {kept}" in said.stderr
    assert kept.read_text() == "#!/bin/sh\necho real\n"
    place.ok(SHORE, "shim", "--plugin")
    (place.folder / "other").mkdir()
    (place.folder / "other/docker").touch()
    assert place.run(SHORE, "shim", "other").returncode == 1
