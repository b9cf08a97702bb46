"""The tree of an image beside what Docker's own export has of it: no difference, whoever unpacked it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker import dockerd
from tests.images import Entry, archive, image, member
from tests.installed import Installed
from tests.localregistry import LocalRegistry, programs
from tests.native.image.place import Place, cleared, place_of
from tests.users import why_no_user

pytestmark = pytest.mark.e2e
D, S, H, F = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE
OWN = ("dev", "proc", "sys", ".dockerenv", "etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab", "etc", "")
"""What an engine puts into a container by itself, or touches by that."""


def _capable(name: str) -> tarfile.TarInfo:
    """A program with a file capability (cap_net_bind_service, as `setcap` writes it)."""
    found = member(name, mode=0o755, uid=3, gid=4)
    found.pax_headers = {"SCHILY.xattr.security.capability": b"\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0".decode()}
    return found


LOWER: list[Entry] = [
    member("srv/", D, mode=0o1770, uid=1001, gid=1050), (member("srv/kept", mode=0o4755, uid=7), "program"),
    ("srv/gone", "x"), "srv/old/", ("srv/old/a", "a"), ("srv/old/b", "b"), "srv/all/", ("srv/all/x", "x"),
    (member("srv/secret", mode=0o000, uid=1001, gid=1002), "closed"), member("srv/shut/", D, mode=0o700, uid=1001),
    (member("srv/shut/in", uid=1001, mode=0o600), "in"), (_capable("srv/able"), "able"),
    member("srv/pipe", F, mode=0o640, uid=5, gid=6), ("srv/turns", "a file"), ("srv/names \u00e9\n", "odd"),
    member("srv/" + "long/" * 40, D, mode=0o711), ("srv/big", b"0" * 300_000),
]  # fmt: skip
UPPER: list[Entry] = [
    member("srv/", D, mode=0o1770, uid=1001, gid=1050), "srv/old/", "srv/all/",
    "srv/.wh.gone", "srv/old/.wh.a", "srv/all/.wh..wh..opq", ("srv/all/y", "y"), ("srv/first", "both"),
    member("srv/second", H, "srv/first"), member("srv/link", S, "/srv/kept", uid=1001, gid=1002),
    member("srv/turns/", D, mode=0o2755, uid=9, gid=9), ("srv/turns/now", "a directory"),
    member("srv/loose", S, "nothing"),
]  # fmt: skip


@pytest.fixture(scope="module")
def docker_host() -> Iterator[str]:
    yield from dockerd.hosting("debian:bookworm-slim")


@pytest.fixture(scope="module")
def reference(registry: LocalRegistry) -> str:
    made = image(programs(), archive(LOWER), archive(UPPER), config={"Cmd": ["sleep", "1000"], "Env": ["PATH=/bin"]})
    return registry.push(made, f"team/tree:{os.urandom(3).hex()}")


Row = dict[str, object]


NAMED = {"srv", "srv/old", "srv/all", "srv/shut", "srv/turns", ("srv/" + "long/" * 40).rstrip("/")}


def named(folder: str) -> bool:
    """Whether an archive names the directory; of another the time is when it was unpacked."""
    return folder in NAMED


def _rows(path: Path) -> dict[str, Row]:
    found: dict[str, Row] = {}
    with tarfile.open(path) as tar:
        for one in tar:
            name = one.name.rstrip("/").removeprefix("./")
            if name in OWN or name.partition("/")[0] in ("dev", "proc", "sys"):
                continue
            source = tar.extractfile(one) if one.isreg() or one.islnk() else None
            content = hashlib.sha256(source.read()).hexdigest() if source else ""
            kind = tarfile.REGTYPE if one.islnk() else one.type
            xattrs = {key: value for key, value in one.pax_headers.items() if key.startswith("SCHILY.xattr.security")}
            found[name] = {
                "kind": kind, "mode": 0o777 if one.issym() else one.mode & 0o7777, "owner": (one.uid, one.gid),
                "content": content, "target": one.linkname if one.issym() else "",
                "time": 0 if one.isdir() and not named(name) else int(one.mtime),
                "xattrs": xattrs,
            }  # fmt: skip
    return found


def _less(rows: dict[str, Row]) -> dict[str, Row]:
    """What one id can keep: type, content, and modes less set-id, where a directory stays open to its owner."""
    kept: dict[str, Row] = {}
    for name, row in rows.items():
        mode = int(str(row["mode"])) & 0o1777
        opened = mode | 0o500 if row["kind"] == D else mode
        kept[name] = {"kind": row["kind"], "content": row["content"], "target": row["target"], "mode": opened}
    return kept


@pytest.fixture(scope="module")
def wanted(docker_host: str, reference: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Row]]:
    docker = [dockerd.CLI, "-H", docker_host]
    subprocess.run([*docker, "pull", "-q", reference], check=True, capture_output=True)
    made = subprocess.run([*docker, "create", reference], check=True, capture_output=True, text=True).stdout.strip()
    path = tmp_path_factory.mktemp("docker") / "tree.tar"
    try:
        subprocess.run([*docker, "export", "-o", path, made], check=True)
        yield _rows(path)
    finally:
        subprocess.run([*docker, "rm", "-f", made], capture_output=True)
        subprocess.run([*docker, "rmi", "-f", reference], capture_output=True)


@pytest.fixture(params=["root", "one", "many"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    installed: Installed | None = None
    if reason := why_no_user():
        pytest.skip(reason)
    if request.param != "root":
        installed = request.getfixturevalue("ordinary_user")
    made = place_of(installed, tmp_path)
    yield made
    cleared(made)


def test_no_difference_from_docker_s_tree(
    place: Place, request: pytest.FixtureRequest, reference: str, wanted: dict[str, Row]
) -> None:
    ids = request.node.callspec.params["place"]
    more = "" if ids == "root" else f"\n    x-longshore: {{ids: {ids}}}"
    place.compose(f"name: p{os.urandom(3).hex()}\nservices:\n  web:\n    image: {reference}{more}\n")
    place.shore("up", "-d")
    place.shore("export", "-o", "tree.tar", "web")
    found = _rows(place.folder / "tree.tar")
    assert len(wanted) > 40
    assert "srv/able" in wanted
    assert wanted["srv/able"]["xattrs"], "the judge sees capabilities"
    if ids == "one":
        found, wanted = _less(found), _less(wanted)
    differences = [
        (name, part, wanted.get(name, {}).get(part), found.get(name, {}).get(part))
        for name in sorted({*wanted, *found})
        for part in ("kind", "mode", "owner", "content", "target", "time", "xattrs")
        if wanted.get(name, {}).get(part) != found.get(name, {}).get(part)
    ]
    assert differences == []
