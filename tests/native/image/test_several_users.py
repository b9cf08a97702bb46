"""`x-longshore: {ids: many}`: an ordinary user's containers with the subordinate ids of that user, and what becomes of
services that want several users and have one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images import Entry, archive, image, member
from tests.installed import Installed
from tests.localregistry import PROGRAMS, LocalRegistry, programs
from tests.native.image.place import Place, cleared, place_of
from tests.users import why_no_user

pytestmark = pytest.mark.e2e

ENTRY = """#!/bin/sh
set -e
chown app:more /data /own
chmod 2750 /own
setpriv --reuid=1001 --regid=1002 --clear-groups \\
  sh -c '[ $(id -u) = 1001 ] || exit 3; echo child is $(id -u):$(id -g); echo mine > /data/x'
echo "$(stat -c %u:%g:%a /own) $(stat -c %u:%g /data/x) $(stat -c %u:%g /srv/hello) $(id -u)"
exec sleep 1000
"""


@pytest.fixture
def place(ordinary_user: Installed) -> Iterator[Place]:
    if reason := why_no_user():
        pytest.skip(reason)
    made = place_of(ordinary_user)
    yield made
    cleared(made)


@pytest.fixture(scope="module")
def reference(registry: LocalRegistry) -> str:
    own = archive([
        (member("entry", mode=0o755), ENTRY), (member("srv/hello", uid=1001, gid=1050, mode=0o600), "hi"),
        member("own/", b"5", uid=7, gid=8), member("data/", b"5"), (member("srv/set", uid=7, mode=0o4755), "x"),
        member("srv/link", b"2", "hello", uid=1001, gid=1002),
    ])  # fmt: skip
    config = {"Entrypoint": ["/entry"], "Env": ["PATH=/bin"]}
    return registry.push(image(programs(), own, config=config), f"team/several:{os.urandom(3).hex()}")


def _file(reference: str, name: str, ids: str, **more: object) -> str:
    service = {"image": reference, "x-longshore": {"ids": ids}, "volumes": ["db:/data"], "stop_grace_period": "1s"}
    return json.dumps({"name": name, "services": {"web": {**service, **more}}, "volumes": {"db": {}}})


def test_a_service_of_several_users_says_so_and_runs_with_many_ids(place: Place, reference: str) -> None:
    name, check = f"p{os.urandom(3).hex()}", {"test": ["CMD", "stat", "/data/x"], "interval": "1s"}
    place.compose(_file(reference, name, "one", healthcheck=check))
    said = place.shore("up", "-d", "--wait", code=1)
    assert "it wants several users, and has one id: write x-longshore: {ids: many} at the service" in said
    place.shore("down")
    text = _file(reference, name, "many", healthcheck=check)
    place.compose(text)
    place.shore("up", "-d", "--wait")
    said = place.shore("logs", "--no-log-prefix")
    assert said.splitlines() == ["child is 1001:1002", "1001:1050:2750 1001:1002 1001:1050 0"]
    who = place.shore("exec", "-T", "-u", "app", "web", "id")
    assert "uid=1001(app) gid=1002(app) groups=1002(app),1050(more)" in who
    owners = place.shore("exec", "-T", "web", "stat", "-c", "%u:%g:%a", "/srv/set", "/srv/link").split()
    assert owners == ["7:0:4755", "1001:1002:777"]
    place.shore("restart", "web")
    place.shore("up", "-d", "--wait")
    assert place.shore("exec", "-T", "web", "cat", "/data/x") == "mine\n"
    place.shore("down")
    place.shore("--offline", "up", "-d", "--wait")
    place.compose(text.replace('"many"', '"one"'))
    refused = place.shore("up", "-d", code=1)
    assert f"volume {name}_db is written with many ids, and web has one id" in refused
    assert "x-longshore: {ids: many} goes on with its data" in refused
    place.compose(text)
    place.shore("down", "-v", "--rmi", "all")
    assert list((place.data / "volumes").iterdir()) == []
    assert place.layers() == []


MODULES = ("pam_rootok", "pam_permit")


def _pam() -> list[Entry]:
    """What `su` loads by itself: modules that let root in, and their libraries."""
    places = [next(iter(Path("/").glob(f"lib/*/security/{name}.so"))) for name in MODULES]
    libraries = "".join(subprocess.run(["ldd", *places], capture_output=True, text=True).stdout)
    wanted = {*map(str, places), *re.findall(r"(/\S+) \(0x", libraries)}
    rules = "auth sufficient pam_rootok.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
    return [
        ("etc/pam.d/su", rules),
        *((member(path.lstrip("/"), mode=0o755), Path(path).read_bytes()) for path in sorted(wanted)),
    ]


BUILT = """\
FROM %s
COPY --chown=1001:1002 --chmod=640 mine /srv/mine
RUN mkdir /srv/made && touch /srv/made/one && ln -s one /srv/made/link && chown -R app:more /srv/made
ENTRYPOINT ["/entry2"]
"""
SU = """#!/bin/sh
set -e
chown app:app /data
su app -c 'id -u > /data/who; test -r /srv/mine && touch /srv/made/two'
stat -c %u:%g /srv/mine /srv/made/two /data/who
exec setpriv --reuid=1001 --regid=1002 --init-groups sleep 1000
"""


def test_su_in_an_entry_point_works_on_what_was_built(place: Place, registry: LocalRegistry) -> None:
    """The owners that the Dockerfile gave are there, and `su` asks for no password."""
    layer = archive([(member("entry2", mode=0o755), SU), "data/", *_pam()])
    made = image(programs([*PROGRAMS, "su"]), layer, config={"Env": ["PATH=/bin"]})
    below = registry.push(made, f"team/su:{os.urandom(3).hex()}")
    (place.folder / "Dockerfile").write_text(BUILT % below)
    (place.folder / "mine").write_text("mine\n")
    service = {"build": ".", "x-longshore": {"ids": "many"}, "volumes": ["/data"], "stop_grace_period": "1s"}
    place.compose(json.dumps({"name": f"p{os.urandom(3).hex()}", "services": {"web": service}}))
    place.shore("up", "-d", "--wait")
    deadline = time.monotonic() + 60
    while len(said := place.shore("logs", "--no-log-prefix").split()) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert said == ["1001:1002", "1001:1002", "1001:1002"]
    assert place.shore("exec", "-T", "web", "cat", "/data/who") == "1001\n"
    place.shore("down", "-v", "--rmi", "all")
