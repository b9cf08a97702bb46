"""What is built natively runs on Docker and on Podman with the owners that its Dockerfile gave, whoever built it: root
and an ordinary user come to one digest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker import dockerd, podman
from tests.images import archive, image
from tests.installed import Installed
from tests.localregistry import LocalRegistry, programs
from tests.native.image.place import Place, cleared, place_of

pytestmark = pytest.mark.e2e

LONG = "LONGSHORE_LONG_IMAGES"
SHOWN = ("/srv/mine", "/srv/ours", "/srv/ours/set", "/srv/ours/later", "/home/own", "/etc/passwd")
OWNED = [
    "1001:1002 4755 regular file", "1001:1050 2770 directory", "1001:1050 4711 regular empty file",
    "7:1050 640 regular empty file", "1001:1002 644 regular file", "0:0 644 regular file",
]  # fmt: skip
DOCKERFILE = """FROM %s
COPY --chown=1001:1002 --chmod=4755 mine /srv/mine
RUN mkdir -m 2770 /srv/ours && touch /srv/ours/set /srv/ours/later && chown -R app:more /srv/ours \\
 && chown 7 /srv/ours/later && chmod 4711 /srv/ours/set && chmod 640 /srv/ours/later \\
 && mkdir -p /home && chown app /home
USER app
RUN echo mine > /home/own
CMD ["stat", "-c", "%%u:%%g %%a %%F", %s]
"""


def _pushed(place: Place, registry: LocalRegistry, below: str, **environment: str) -> str:
    """The reference of what is built here, twice, and pushed."""
    target = f"{registry.host}/team/one{os.urandom(3).hex()}:1"
    (place.folder / "mine").write_text("mine\n")
    (place.folder / "mine").chmod(0o644)
    os.utime(place.folder / "mine", (1_600_000_000, 1_600_000_000))
    (place.folder / "Dockerfile").write_text(DOCKERFILE % (below, ", ".join(map(json.dumps, SHOWN))))
    place.compose(json.dumps({"services": {"web": {"build": ".", "image": target}}}))
    place.environment |= environment
    place.shore("build")
    place.shore("push")
    return target


def _digest(reference: str) -> str:
    words = ["skopeo", "inspect", "--tls-verify=false", f"docker://{reference}"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["Digest"])


@pytest.fixture
def docker_host() -> Iterator[str]:
    if reason := dockerd.why_not():
        pytest.skip(f"docker: {reason}")
    with dockerd.running() as host:
        yield host


@contextmanager
def _podman() -> Iterator[list[str]]:
    """The command of a Podman with storage of its own."""
    with tempfile.TemporaryDirectory(prefix="shore-podman-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "containers.conf").write_text(podman.configuration())
        try:
            yield [
                "env", f"CONTAINERS_CONF={folder}/containers.conf", "podman", "--root", f"{folder}/root",
                "--runroot", f"{folder}/run", "--storage-driver", "overlay",
            ]  # fmt: skip
        finally:
            dockerd.unmount_under(folder)


def test_it_runs_elsewhere_and_is_the_same_whoever_built_it(
    registry: LocalRegistry, ordinary_user: Installed, docker_host: str, tmp_path: Path
) -> None:
    if not os.environ.get(LONG):
        pytest.skip(f"{LONG}=1 runs what was pushed on Docker and Podman")
    if reason := podman.why_not() or ("" if shutil.which("skopeo") else "no skopeo (apt-get install skopeo)"):
        pytest.skip(reason)
    base = image(programs(), archive(["srv/"]), config={"Env": ["PATH=/bin"]})
    below = registry.push(base, f"team/below:{os.urandom(3).hex()}")
    places = [place_of(None, tmp_path), place_of(ordinary_user)]
    docker = dockerd.Docker(docker_host)
    try:
        dated = [_pushed(place, registry, below, SOURCE_DATE_EPOCH="1700000000") for place in places]
        assert _digest(dated[0]) == _digest(dated[1])
        for place, first in zip(places, dated, strict=True):
            place.shore("build", "--no-cache")
            place.shore("push")
            assert _digest(first) == _digest(dated[0])
        undated = [_pushed(place, registry, below, SOURCE_DATE_EPOCH="") for place in places]
        with _podman() as own:
            for reference in (dated[0], *undated):
                assert docker.ok("run", "--rm", "--network=none", reference).splitlines() == OWNED
                words = [*own, "run", "--rm", "--network=none", "--tls-verify=false", reference]
                done = subprocess.run(words, capture_output=True, text=True)
                assert (done.returncode, done.stdout.splitlines()) == (0, OWNED), done.stderr
                docker.ok("rmi", reference)
        (history,) = {one["Created"] for one in json.loads(_inspected(docker, dated[0]))}
        assert history.startswith("2023-11-14T22:13:20")
    finally:
        for place in places:
            cleared(place)


def _inspected(docker: dockerd.Docker, reference: str) -> str:
    docker.ok("pull", "-q", reference)
    try:
        return docker.ok("image", "inspect", reference)
    finally:
        docker.ok("rmi", reference)
