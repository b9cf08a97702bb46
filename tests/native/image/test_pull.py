"""Real images from a real registry: pulled, run, built upon, gone on with after a kill; as root and as an ordinary
user."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.images import archive, digest_of, image, member
from tests.localregistry import LocalRegistry, programs
from tests.native.image.place import Place, cleared, place_of
from tests.users import why_no_user

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def base() -> bytes:
    return programs()


@pytest.fixture(params=["root", "user"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "root":
        if os.geteuid() != 0:
            pytest.skip("needs root")
        made = place_of(None, tmp_path)
    else:
        if reason := why_no_user():
            pytest.skip(reason)
        made = place_of(request.getfixturevalue("ordinary_user"))
    yield made
    cleared(made)


CONFIG = {
    "Cmd": ["sh", "-c", 'id; cat hello; echo "$WHO"; exec sleep 1000'], "Env": ["WHO=me"], "User": "app",
    "WorkingDir": "/srv", "Volumes": {"/srv/data": {}}, "StopSignal": "SIGKILL",
    "Healthcheck": {"Test": ["CMD", "cat", "/srv/hello"], "Interval": 1_000_000_000},
}  # fmt: skip


def test_an_image_is_pulled_and_run_as_it_says(place: Place, registry: LocalRegistry, base: bytes) -> None:
    own = archive([(member("srv/hello", uid=1001, gid=1002), "hi there\n"), "srv/data/", ("srv/data/first", "from it")])
    made = image(base, own, config=CONFIG)
    reference = registry.push(made, f"team/app:{os.urandom(3).hex()}")
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web:\n    image: {reference}\n")
    much = (sum(map(len, made.blobs.values()))) / 1e6
    told = f"{reference} from {registry.host}, {made.digest[:19]}, {much:.1f} MB to fetch"
    assert told in place.shore("--dry-run", "up")
    place.shore("up", "-d", "--wait")
    assert place.shore("logs", "--no-log-prefix").splitlines()[1:] == ["hi there", "me"]
    assert "uid=1001(app) gid=1002(app)" in place.shore("logs")
    assert place.shore("exec", "-T", "web", "cat", "data/first") == "from it"
    (found,) = json.loads(place.shore("images", "--format", "json"))
    assert found["ID"] == made.id
    assert [path.name for path in (place.cache / "downloads/blobs").iterdir()] == []
    assert "up to date" in place.shore("up", "-d")
    place.shore("--offline", "down", "-v")
    place.shore("--offline", "up", "-d", "--wait")
    assert "removed" in place.shore("down", "-v", "--rmi", "all")
    assert place.layers() == []


def test_what_is_built_on_a_real_image(place: Place, registry: LocalRegistry, base: bytes) -> None:
    config = {**CONFIG, "User": "", "OnBuild": ["RUN echo trigger > /t"]}
    made = image(base, archive([("srv/hello", "hi")]), config=config)
    reference = registry.push(made, f"team/base:{os.urandom(3).hex()}")
    (place.folder / "Dockerfile").write_text(
        f"FROM {reference}\nUSER root\nRUN rm /srv/hello && cat /t > /srv/new\nUSER app\n"
        "CMD cat /srv/new; ls /srv; sleep 1000\n"
    )
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web: {{build: ., healthcheck: {{disable: true}}}}\n")
    place.shore("up", "-d", "--wait")
    deadline = time.monotonic() + 30
    while "new" not in (said := place.shore("logs", "--no-log-prefix")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert said.split() == ["trigger", "data", "new"]


@pytest.mark.parametrize("step", [test_an_image_is_pulled_and_run_as_it_says, test_what_is_built_on_a_real_image])
def test_root_that_may_not_mount_takes_an_ordinary_user_s_road(
    tmp_path: Path, registry: LocalRegistry, base: bytes, step: Callable[[Place, LocalRegistry, bytes], None]
) -> None:
    """As in many a container: root, but without CAP_SYS_ADMIN."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    made = place_of(None, tmp_path)
    made.command = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", *made.command]
    try:
        step(made, registry, base)
    finally:
        cleared(made)


def test_a_pull_that_is_killed_is_gone_on_with(place: Place, registry: LocalRegistry, base: bytes) -> None:
    """The blob stays in the cache as a part; the next pull reads no byte of it twice (the registry's own record)."""
    big = os.urandom(40 << 20)
    made = image(base, archive([("srv/hello", "hi"), ("big", big)]), config=CONFIG)
    reference = registry.push(made, f"team/big:{os.urandom(3).hex()}")
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web:\n    image: {reference}\n")
    part = place.cache / "downloads/blobs" / made.layers[1].partition(":")[2]
    process = subprocess.Popen(
        [*place.command, "--engine", "native", "pull"], cwd=place.folder, env=place.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while process.poll() is None and not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    left = part.stat().st_size if part.exists() else 0
    place.shore("pull")
    assert not part.exists()
    assert left <= sum(len(blob) for blob in made.blobs.values())
    layer = next(root for root in place.layers() if (root / "big").exists())
    assert digest_of((layer / "big").read_bytes()) == digest_of(big)
    assert list((place.cache / "staging").iterdir()) == []


def test_a_wrong_digest_is_refused_and_nothing_is_left(place: Place, registry: LocalRegistry, base: bytes) -> None:
    made = image(base, config=CONFIG)
    manifest = json.loads(made.manifest)
    text = made.blobs[made.id].replace(digest_of(base).encode(), digest_of(b"other").encode())
    made.blobs[digest_of(text)] = text
    manifest["config"] |= {"digest": digest_of(text), "size": len(text)}
    made.manifest = json.dumps(manifest).encode()
    reference = registry.push(made, f"team/wrong:{os.urandom(3).hex()}")
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web:\n    image: {reference}\n")
    said = place.shore("up", "-d", code=1)
    assert "holds something else than its configuration says" in said
    assert place.layers() == []


def test_who_asks_for_a_source_gets_it_or_hears_why_not(place: Place, registry: LocalRegistry) -> None:
    reference = f"{registry.host}/team/none:1"
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web:\n    image: {reference}\n")
    said = place.shore("--images", "registry", "up", "-d", code=1)
    assert f"{registry.host} has no team/none:1" in said
    assert "check the image's name and tag" in said
    assert "--offline forbids" in place.shore("--images", "registry", "--offline", "up", "-d", code=1)
    assert "has no stand-in" in place.shore("--images", "builtin", "up", "-d", code=1)


ENTRY = """#!/bin/sh
set -e
mkdir -p /data/db
if [ "$(id -u)" = 0 ]; then
    chown -R app:app /data /srv/hello
    echo begins as root
    exec %s "$0" "$@"
fi
echo "is $(id -u):$(id -g), data is of $(stat -c %%u:%%g /data/db)"
touch /data/db/x
exec "$@"
"""
STEPS = {
    "gosu": "gosu app",
    "setpriv": "setpriv --reuid=1001 --regid=1002 --clear-groups",
}


@pytest.mark.parametrize("way", STEPS)
def test_an_entry_point_that_begins_as_root_steps_down(
    place: Place, registry: LocalRegistry, base: bytes, way: str
) -> None:
    """What docker-library's images do. An ordinary user has one id: the container begins again as the final user, once,
    and nobody sees two starts."""
    if way == "gosu" and not shutil.which("gosu"):
        pytest.skip("no gosu (apt-get install gosu)")
    extra = programs([way]) if way == "gosu" else base
    entry = (member("entry", mode=0o755), ENTRY % STEPS[way])
    config = {"Entrypoint": ["/entry"], "Cmd": ["sleep", "1000"], "Volumes": {"/data": {}}, "Env": ["PATH=/bin"]}
    made = image(base, extra, archive([entry, ("srv/hello", "hi"), "data/"]), config=config)
    reference = registry.push(made, f"team/steps:{os.urandom(3).hex()}")
    check = "{test: [CMD, stat, /data/db/x], interval: 1s}"
    place.compose(
        f"name: p{os.urandom(3).hex()}\nservices:\n  web:\n    image: {reference}\n    healthcheck: {check}\n"
        "    volumes: [db:/data]\nvolumes: {db: {}}\n"
    )
    place.shore("up", "-d", "--wait")
    said = place.shore("logs", "--no-log-prefix").splitlines()
    assert said[-1] == "is 1001:1002, data is of 1001:1002"
    assert place.shore("exec", "-T", "web", "id", "-u").strip() == "0"
    (row,) = (json.loads(place.shore("ps", "--format", "json").splitlines()[0]),)
    assert (row["State"], row["Health"]) == ("running", "healthy")
    place.shore("restart", "web")
    place.shore("up", "-d", "--wait")
    again = place.shore("logs", "--no-log-prefix").splitlines()[len(said) :]
    assert again[-1] == "is 1001:1002, data is of 1001:1002"
    assert place.shore("run", "--rm", "-T", "web", "id", "-u").splitlines()[-1] == "1001"
    place.shore("down", "-t", "1")


def _built(place: Place, registry: LocalRegistry, base: bytes) -> tuple[str, str]:
    """A project whose image is built on a real one, with an owner, a removed file and a link; both references."""
    made = image(base, archive([("srv/hello", "hi"), ("srv/old", "x")]), config={**CONFIG, "User": ""})
    below = registry.push(made, f"team/below:{os.urandom(3).hex()}")
    (place.folder / "mine").write_text("mine\n")
    (place.folder / "Dockerfile").write_text(
        f"FROM {below}\nCOPY --chown=1001:1002 --chmod=4755 mine /srv/mine\n"
        "RUN rm /srv/old && touch -d @1700000000 /srv/new && ln -s new /srv/link\nLABEL by=us\n"
        "RUN mkdir -m 2770 /srv/ours && touch /srv/ours/set /srv/ours/later && cd /srv && chown -R app:more ours && "
        "chown 7 /srv/ours/later && chmod 4711 ours/set && chmod 640 ours/later && ! chown app none && chown :7 link\n"
        "USER app\nRUN echo mine > /tmp/own\nUSER 0\n"
        'CMD ["sh", "-c", "cat /srv/mine; exec sleep 1000"]\n'
    )
    target = f"{registry.host}/team/app{os.urandom(3).hex()}:1"
    service = f"{{build: ., image: '{target}', healthcheck: {{disable: true}}}}"
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web: {service}\n")
    place.shore("build")
    return below, target


def _run_alone(place: Place, target: str) -> None:
    """From now on the project has the image and nothing to build it from."""
    place.shore("down", "-v", "--rmi", "all")
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web:\n    image: {target}\n")


def _inspected(reference: str) -> dict[str, Any]:
    words = ["skopeo", "inspect", "--tls-verify=false", f"docker://{reference}"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_pushed_is_what_others_read(place: Place, registry: LocalRegistry, base: bytes, tmp_path: Path) -> None:
    """skopeo reads it, the layers of the base are the base's own, and the owner that COPY named is there whoever
    pushed; built anew with no cache and pushed again it comes to the same digest."""
    if not shutil.which("skopeo"):
        pytest.skip("no skopeo (apt-get install skopeo)")
    below, target = _built(place, registry, base)
    place.shore("push")
    whole = _inspected(target)
    assert whole["Layers"][:2] == _inspected(below)["Layers"]
    assert whole["Labels"] == {"by": "us"}
    assert "no cache is wanted" in place.shore("build", "--no-cache", "--progress", "plain")
    place.shore("push")
    assert _inspected(target)["Digest"] == whole["Digest"]
    copied = tmp_path / "copied"
    words = ["skopeo", "copy", "-q", "--src-tls-verify=false", f"docker://{target}", f"dir:{copied}"]
    subprocess.run(words, check=True)
    names: dict[str, tarfile.TarInfo] = {}
    for layer in whole["Layers"][2:]:
        with tarfile.open(copied / layer.partition(":")[2]) as tar:
            names |= {one.name: one for one in tar}
    mine = names["srv/mine"]
    assert (mine.uid, mine.gid, mine.mode) == (1001, 1002, 0o4755)
    owned = {name: (one.uid, one.gid, one.mode) for name, one in names.items()}
    assert owned["srv/ours"] == (1001, 1050, 0o2770)
    assert owned["srv/ours/set"] == (1001, 1050, 0o4711)
    assert owned["srv/ours/later"] == (7, 1050, 0o640)
    assert owned["srv/new"] == (0, 7, 0o644), "the link leads to it"
    assert owned["tmp/own"] == (1001, 1002, 0o644)
    assert (names["srv/.wh.old"].size, names["srv/link"].linkname) == (0, "new")
    _run_alone(place, target)
    place.shore("up", "-d", "--wait")
    assert place.shore("logs", "--no-log-prefix").split() == ["mine"]


def test_an_archive_takes_the_way_of_a_registry(place: Place, registry: LocalRegistry, base: bytes) -> None:
    """`build --oci`, `save` and `load`: the same bytes twice, taken in where there is no registry."""
    _, target = _built(place, registry, base)
    place.shore("build", "--oci", "one.tar")
    place.shore("save", "-o", "two.tar", target)
    one, two = ((place.folder / name).read_bytes() for name in ("one.tar", "two.tar"))
    assert digest_of(one) == digest_of(two)
    place.shore("save", "-o", "layout", target)
    assert (place.folder / "layout/oci-layout").exists()
    _run_alone(place, target)
    assert f"Loaded image: {target}" in place.shore("load", "-i", "one.tar")
    place.shore("--offline", "up", "-d", "--wait")
    assert place.shore("exec", "-T", "web", "cat", "/srv/mine") == "mine\n"
    assert "does not exist" in place.shore("load", "-i", "none.tar", code=1)
    (place.folder / "bad.tar").write_bytes(b"<html>" * 1000)
    assert "cannot be read" in place.shore("load", "-i", "bad.tar", code=1)
