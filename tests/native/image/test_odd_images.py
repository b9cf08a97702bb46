"""Images that lack what others have, or have too much of it, and pulls that have bad luck: each runs right or is
refused in one clear message, with nothing half made."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.images import TestImage, archive, digest_of, image, member
from tests.localregistry import LocalRegistry, programs
from tests.native.image.place import Place, cleared, place_of
from tests.users import why_no_user

pytestmark = pytest.mark.e2e

LONG = "LONGSHORE_LONG_IMAGES"


@pytest.fixture(params=["root", "user"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if not os.environ.get(LONG):
        pytest.skip(f"{LONG}=1 pulls odd images too")
    if reason := why_no_user():
        pytest.skip(reason)
    made = place_of(None, tmp_path) if request.param == "root" else place_of(request.getfixturevalue("ordinary_user"))
    yield made
    cleared(made)


@pytest.fixture(scope="module")
def base() -> bytes:
    return programs()


def _there(place: Place, registry: LocalRegistry, made: TestImage, **service: Any) -> str:
    """The image in the registry, and a project of one service of it."""
    reference = registry.push(made, f"team/odd:{os.urandom(3).hex()}")
    services = {"web": {"image": reference, "stop_grace_period": "0s", **service}}
    place.compose(json.dumps({"name": f"p{os.urandom(3).hex()}", "services": services}))
    return reference


def _refused(place: Place, *words: str) -> str:
    said = place.shore(*(words or ("up", "-d", "--wait")), code=1)
    assert "Traceback" not in said
    assert list((place.cache / "staging").glob("*")) == []
    return said


def test_no_shell_no_accounts_no_command_no_layers(place: Place, registry: LocalRegistry, base: bytes) -> None:
    bare = archive([(member("app", mode=0o755), b"#!/none\n")])
    _there(place, registry, image(bare, config={}))
    assert "command" in _refused(place), "what lacks a command says so"
    _there(place, registry, image(config={"Cmd": ["/app"]}))
    assert "/app" in _refused(place), "no layer, so no program"
    _there(place, registry, image(bare, config={"Cmd": ["/app"]}), command="echo hi")
    assert "echo" in _refused(place)
    _there(place, registry, image(base, config={"Cmd": ["sh"], "User": "nobody-knows"}))
    said = _refused(place)
    assert "nobody-knows" in said
    assert "passwd" in said
    _there(place, registry, image(base, archive(["etc/.wh.passwd", "etc/.wh.group"]), config={"Cmd": ["sleep", "99"]}))
    place.shore("up", "-d", "--wait")
    assert "uid=0" in place.shore("exec", "-T", "web", "id")
    assert "uid=4711" in place.shore("exec", "-T", "-u", "4711", "web", "id")


def test_five_hundred_layers(place: Place, registry: LocalRegistry, base: bytes) -> None:
    more = [archive([(f"made/{number}", f"{number}")]) for number in range(499)]
    _there(place, registry, image(base, *more, config={"Cmd": ["sleep", "99"]}))
    place.shore("up", "-d", "--wait")
    assert place.shore("exec", "-T", "web", "cat", "/made/0", "/made/498") == "0498"
    assert len(place.shore("exec", "-T", "web", "ls", "/made").split()) == 499


def test_names_that_no_text_can_say_and_names_too_long(place: Place, registry: LocalRegistry, base: bytes) -> None:
    odd = member(os.fsdecode(b"odd/\xff\xfe name"))
    deep = "/".join(["d" * 200] * 20)
    _there(place, registry, image(base, archive([(odd, b"x"), (deep[:4000], b"y")]), config={"Cmd": ["sleep", "99"]}))
    place.shore("up", "-d", "--wait")
    assert place.shore("exec", "-T", "web", "sh", "-c", "cat /odd/*") == "x"
    place.shore("down", "-v", "--rmi", "all")
    for name in ("n" * 300, f"a/{'b/' * 2100}c"):
        _there(place, registry, image(base, archive([(name, b"x")]), config={"Cmd": ["sleep", "99"]}))
        assert "cannot be unpacked" in _refused(place)


def test_a_bomb_and_a_full_disk(tmp_path: Path, registry: LocalRegistry, base: bytes) -> None:
    """What unpacks to more than there is room for ends with what to do, and gives the room back."""
    if not os.environ.get(LONG):
        pytest.skip(f"{LONG}=1 pulls odd images too")
    if os.geteuid() != 0:
        pytest.skip("a small file system can only be mounted by root")
    place = place_of(None, tmp_path)
    plain = archive([("bomb", bytes(400 << 20))])
    made = image(base, plain, config={"Cmd": ["sleep", "99"]})
    assert len(made.blobs[made.layers[1]]) < 2 << 20
    _there(place, registry, made)
    small = Path(place.environment["XDG_CACHE_HOME"])
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m,mode=700", "none", small], check=True)
    try:
        said = _refused(place)
        assert "no space left" in said.lower()
        assert "shore cache prune" in said
        used = os.statvfs(small)
        assert (used.f_blocks - used.f_bfree) * used.f_frsize < 60 << 20
    finally:
        subprocess.run(["umount", small], check=True)
        cleared(place)


def test_two_commands_pull_one_image(place: Place, registry: LocalRegistry, base: bytes) -> None:
    big = os.urandom(30 << 20)
    _there(place, registry, image(base, archive([("big", big)]), config={"Cmd": ["sleep", "99"]}))
    words = [*place.command, "--engine", "native", "pull"]
    both = [
        subprocess.Popen(
            words, cwd=place.folder, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert [path.name for path in (place.cache / "downloads/blobs").iterdir()] == []
    layer = next(root for root in place.layers() if (root / "big").exists())
    assert digest_of((layer / "big").read_bytes()) == digest_of(big)
    assert len(place.layers()) == 2
