"""Layers unpacked by the process that does it: what the tree is then, and that nothing gets out of it."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.native.image.oci.unpack import Refused, parts_of
from longshore.native.image.store.cache import remove_tree
from longshore.native.image.store.owners import OVERRIDE
from tests.images import Entry, archive, digest_of, member

R, S, H, D = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
SOURCE = str(Path(__file__).resolve().parents[3] / "src")


@pytest.mark.parametrize(
    ("name", "parts"),
    [(b"./a//b/", [b"a", b"b"]), (b"/etc/x", [b"etc", b"x"]), (b".", []), (b"a/../b", [b"b"]), (b"", [])],
)
def test_names_on_the_way(name: bytes, parts: list[bytes]) -> None:
    assert parts_of(name) == parts


@pytest.mark.parametrize("name", [b"..", b"../x", b"a/../../x", b"/../x"])
def test_names_that_lead_out(name: bytes) -> None:
    with pytest.raises(Refused, match="leads out"):
        parts_of(name)


def _unpack(data: bytes, root: Path, kind: str) -> dict[str, Any]:
    root.mkdir(parents=True)
    root.chmod(0o755)
    finished = subprocess.run(
        [sys.executable, "-S", "-P", "-m", "longshore.native.image.oci.unpack", str(root), kind],
        input=data, env={"PYTHONPATH": SOURCE}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert not finished.stderr, finished.stderr.decode()
    said: dict[str, Any] = json.loads(finished.stdout)
    return said


@pytest.fixture(params=["root", "one"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root to give files to others")
    return str(request.param)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    remove_tree(tmp_path / "layer")


@pytest.mark.e2e
def test_the_tree_is_what_the_archive_says(place: Path, kind: str) -> None:
    special = member("opt/own", mode=0o4755, uid=1000, gid=33)
    special.pax_headers = {"SCHILY.xattr.user.note": "kept", "SCHILY.xattr.user.overlay.opaque": "y"}
    entries: list[Entry] = [
        member("./", D, mode=0o711), "opt/", (special, b"#!"), member("opt/link", S, "/etc/passwd"),
        ("opt/one", b"1"), member("opt/two", H, "opt/one"), member("opt/pipe", tarfile.FIFOTYPE, mode=0o640),
        member("opt/null", tarfile.CHRTYPE, devmajor=1, devminor=3), member("shut/", D, mode=0o000, uid=7),
        ("shut/in", b"x"), (member("hidden", mode=0o000), b"x"), ("a/b/c/deep", b"d"), ".wh.gone",
        ("d/.wh..wh..opq", b""),
        member("huge", uid=4_000_000, gid=4_000_000), ("twice", b"first"), ("twice", b"second"),
        member("turns", S, "opt"), "turns/", ("turns/in", b""), "was/", ("was/in", b""), ("was", b"a file now"),
    ]  # fmt: skip
    data = archive(entries)
    root = place / "layer"
    said = _unpack(gzip.compress(data), root, kind)
    assert said["digest"] == digest_of(data)

    def mode(name: str) -> int:
        return stat.S_IMODE(os.lstat(root / name).st_mode)

    own = kind == "root"
    assert (mode("opt/own"), mode("opt/pipe"), mode("opt"), mode("hidden")) == (
        0o4755 if own else 0o755, 0o640, 0o755, 0,
    )  # fmt: skip
    assert (mode("."), mode("shut"), mode("a/b")) == (0o711, 0o000 if own else 0o500, 0o755)
    assert (root / "opt/link").readlink() == Path("/etc/passwd")
    assert (root / "opt/one").samefile(root / "opt/two")
    assert not (root / "opt/null").exists()
    assert stat.S_ISCHR(os.lstat(root / "gone").st_mode)
    assert os.getxattr(root / "d", "trusted.overlay.opaque" if own else "user.overlay.opaque") == b"y"
    assert "user.overlay.opaque" not in os.listxattr(root / "opt/own")
    assert os.getxattr(root / "opt/own", "user.note") == b"kept"
    assert ((root / "twice").read_text(), (root / "was").read_text()) == ("second", "a file now")
    assert stat.S_ISDIR(os.lstat(root / "turns").st_mode)
    assert {os.lstat(root / name).st_mtime for name in ("opt", "opt/link", "opt/own", "shut")} == {1_700_000_000}
    if own:
        owners = {name: os.lstat(root / name) for name in ("opt/own", "huge", "shut")}
        assert {name: (one.st_uid, one.st_gid) for name, one in owners.items()} == {
            "opt/own": (1000, 33), "huge": (4_000_000, 4_000_000), "shut": (7, 0),
        }  # fmt: skip
    else:
        assert os.lstat(root / "huge").st_uid == os.geteuid()
        assert os.getxattr(root / "opt/own", OVERRIDE) == b"1000:33:0104755"
        assert os.getxattr(root / "shut", OVERRIDE) == b"7:0:040000"
        assert OVERRIDE not in os.listxattr(root / "opt/one")


HOSTILE: dict[str, tuple[list[Entry], str]] = {
    "dots lead out": ([("../../esc", b"x")], "leads out"),
    "dots in the middle": ([("a/../../../esc", b"x")], "leads out"),
    "an absolute name": ([("{out}/esc", b"x")], ""),
    "a link, then a file behind it": ([member("d", S, "{out}"), ("d/esc", b"x")], "leads to no directory"),
    "a relative link, then a file": ([member("d", S, "../../../../../../../..{out}"), ("d/esc", b"x")],
                                     "leads to no directory"),
    "a link to a link": ([member("a", S, "{out}"), member("b", S, "a"), ("b/esc", b"x")], "leads to no directory"),
    "a link that loops": ([member("a", S, "b"), member("b", S, "a"), ("a/x", b"")], "leads to no directory"),
    "a hard link out": ([member("h", H, "../../../etc/passwd")], "leads out"),
    "a hard link to an absolute name": ([member("h", H, "{out}/victim")], "not there"),
    "a hard link through a link": ([member("d", S, "{out}"), member("h", H, "d/victim")], "not there"),
    "a hard link to nothing": ([member("h", H, "nothing")], "not there"),
    "a hard link to itself": ([member("h", H, "h")], "not there"),
    "a file through a link in place of one": ([member("f", S, "{out}/victim"), ("f", b"x")], ""),
    "a whiteout of dots": ([".wh..."], "hides nothing"),
    "a whiteout of the directory": ([".wh.."], "hides nothing"),
    "a whiteout of nothing": ([".wh."], "hides nothing"),
    "a whiteout behind a link": ([member("d", S, "{out}"), "d/.wh.victim"], "leads to no directory"),
    "an opaque mark behind a link": ([member("d", S, "{out}"), "d/.wh..wh..opq"], "leads to no directory"),
    "a whiteout through dots": (["a/.wh.x/../../../esc"], "leads out"),
    "a directory in place of a link": ([member("d", S, "{out}"), "d/", ("d/esc", b"x")], ""),
    "an owner too large": ([member("f", uid=(1 << 33))], "an owner"),
    "a name of zeros and lines": ([("a\nb\tc\x1b[31m", b"x")], ""),
    "a name too long": ([("n" * 5000, b"x")], "no name"),
    "a part of a name too long": ([("n" * 300, b"x")], "name too long"),
    "an unknown kind": ([member("x", b"Z")], "not known"),
    "deep": ([("/".join(["d"] * 900) + "/f", b"x")], ""),
}  # fmt: skip


def _aimed(entries: Iterable[Entry], out: Path) -> list[Entry]:
    """The entries, with the place outside in their names and links."""

    def one(entry: Entry) -> Entry:
        if isinstance(entry, str):
            return entry.replace("{out}", str(out))
        if isinstance(entry, tuple):
            return (one(entry[0]), entry[1])  # type: ignore[return-value]
        entry.linkname = entry.linkname.replace("{out}", str(out))
        return entry

    return [one(entry) for entry in entries]


@pytest.mark.e2e
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_gets_out(place: Path, kind: str, name: str) -> None:
    entries, said = HOSTILE[name]
    out = place / "outside"
    out.mkdir(mode=0o777)
    (out / "victim").write_text("as it was")
    before = {path: path.read_text() for path in out.iterdir()}
    found = _unpack(archive(_aimed(entries, out)), place / "layer", kind)
    if said:
        assert said in (found.get("refused") or found.get("failed", "").lower()), found
    else:
        assert "digest" in found, found
    assert {path: path.read_text() for path in out.iterdir()} == before
    assert sorted(path.name for path in place.iterdir()) == ["layer", "outside"]
    assert not Path("/esc").exists()


@pytest.mark.e2e
def test_links_are_followed_inside(place: Path, kind: str) -> None:
    data = archive(
        ["usr/lib/", member("lib", S, "usr/lib"), ("lib/x", b"1"), member("abs", S, "/usr"), ("abs/y", b"2")]
    )
    assert "digest" in _unpack(data, place / "layer", kind)
    assert (place / "layer/usr/lib/x").read_bytes() == b"1"
    assert (place / "layer/usr/y").read_bytes() == b"2"


@pytest.mark.e2e
@pytest.mark.parametrize("data", [b"", b"\0" * 10_240], ids=["no byte", "two empty blocks"])
def test_an_empty_layer(place: Path, kind: str, data: bytes) -> None:
    assert _unpack(data, place / "layer", kind)["digest"] == digest_of(data)


@pytest.mark.e2e
@pytest.mark.parametrize(
    "data", [b"<html>", archive([("a", b"x" * 5000)])[:2000], gzip.compress(archive([("a", b"x")]))[:-9]],
    ids=["html", "a cut archive", "a cut gzip"],
)  # fmt: skip
def test_what_is_no_archive(place: Path, kind: str, data: bytes) -> None:
    assert "refused" in _unpack(data, place / "layer", kind)
