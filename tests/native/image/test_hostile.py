"""Archives made to write outside their layer: every way out that a name or a link can point, with every kind of member
that can take it, in every form in which a name can be told. None gets out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.native.image.store.cache import remove_tree
from tests.images import Entry, archive, member

pytestmark = pytest.mark.e2e
SOURCE = str(Path(__file__).resolve().parents[3] / "src")
D, S, H, F, C = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE

NAMES = (
    "../esc", "../../esc", "a/../../esc", "/../esc", "{out}/esc", "./../esc", "a/b/../../../esc", "..", "a/..//../esc",
    "{out}/../esc",
)  # fmt: skip
"""Ways out by a name alone."""
TARGETS = (
    "{out}", "../../../../../../../../../..{out}", "{out}/victim", "/", "..", "../..", "/proc/self/root{out}",
    "{out}/.", "./../../outside",
)  # fmt: skip
"""Ways out by a link."""


def _taking(name: str) -> Iterator[tuple[str, list[Entry]]]:
    """Members of all kinds under one name."""
    yield "file", [(member(name), b"x")]
    yield "directory", [member(f"{name}/", D, mode=0o777)]
    yield "link", [member(name, S, "x")]
    yield "hard link", [("first", b"x"), member(name, H, "first")]
    yield "hard link to", [member("h", H, name)]
    yield "pipe", [member(name, F)]
    yield "device", [member(name, C, devmajor=1, devminor=3)]
    folder, _, last = name.rpartition("/")
    yield "whiteout", [f"{folder}/.wh.{last}" if folder else f".wh.{last}"]
    yield "opaque", [f"{name}/.wh..wh..opq"]


def _behind(target: str) -> Iterator[tuple[str, list[Entry]]]:
    """What comes after a link that leads out."""
    link: Entry = member("d", S, target)
    yield "file", [link, ("d/esc", b"x")]
    yield "victim", [link, ("d/victim", b"x")]
    yield "directory", [link, "d/esc/"]
    yield "link", [link, member("d/esc", S, "x")]
    yield "pipe", [link, member("d/esc", F)]
    yield "whiteout", [link, "d/.wh.victim"]
    yield "opaque", [link, "d/.wh..wh..opq"]
    yield "hard link through", [link, member("h", H, "d/victim"), ("h", b"x")]
    yield "hard link to it", [link, member("h", H, "d"), ("h", b"x")]
    yield "in its place", [link, ("d", b"x")]
    yield "a directory in its place", [link, member("d/", D, mode=0o777, uid=7)]
    yield "a second link", [link, member("e", S, "d"), ("e/esc", b"x")]


def _told(name: str) -> Iterator[tuple[str, bytes]]:
    """One name in each form; the plain header says something harmless."""
    pax = member("harmless")
    pax.pax_headers = {"path": name}
    yield "pax", archive([(pax, b"x")])
    linked = member("harmless", S, "harmless")
    linked.pax_headers = {"linkpath": name}
    yield "pax link", archive([linked, ("harmless/esc", b"x")])
    long = f"{name}{'/.' * 60}/esc"
    yield "gnu", archive([(long, b"x")], tarfile.GNU_FORMAT)
    yield "ustar", archive([(f"{'./' * 55}{name}", b"x")], tarfile.USTAR_FORMAT)


def _aimed(entry: Entry, out: str) -> Entry:
    if isinstance(entry, tuple):
        first = _aimed(entry[0], out)
        assert not isinstance(first, tuple)
        return first, entry[1]
    if isinstance(entry, str):
        return entry.replace("{out}", out)
    entry.name, entry.linkname = entry.name.replace("{out}", out), entry.linkname.replace("{out}", out)
    return entry


def _cases(out: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for ways, make in ((NAMES, _taking), (TARGETS, _behind)):
        for way in ways:
            for kind, entries in make(way):
                found[f"{way}: {kind}"] = archive([_aimed(entry, out) for entry in entries])
    for way in NAMES:
        found |= {f"{way}: {form}": data for form, data in _told(way.replace("{out}", out))}
    return found


DRIVER = """
import os, sys
from longshore.native.image.oci.unpack import main
for number in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        os.dup2(os.open(f"{number}.tar", os.O_RDONLY), 0)
        os.dup2(os.open(f"{number}.said", os.O_WRONLY | os.O_CREAT, 0o600), 1)
        os._exit(main(os.path.join("layers", str(number)), sys.argv[2]))
    os.waitpid(child, 0)
"""


def _seen(path: Path) -> dict[str, tuple[object, ...]]:
    """All that could tell of a change, but for times of access."""
    places = [path, *path.rglob("*")]
    return {
        str(one): (info.st_ino, info.st_mode, info.st_uid, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        for one in places
        if (info := one.lstat())
    }


@pytest.mark.parametrize("kind", ["root", "one"])
def test_none_writes_outside_its_layer(tmp_path: Path, kind: str) -> None:
    if kind == "root" and os.geteuid() != 0:
        pytest.skip("needs root to give files to others")
    out, work = tmp_path / "outside", tmp_path / "work"
    out.mkdir(mode=0o777)
    (out / "victim").write_text("as it was")
    cases = _cases(str(out))
    assert len(cases) >= 200
    for number, data in enumerate(cases.values()):
        (work / "layers" / str(number)).mkdir(parents=True)
        (work / f"{number}.tar").write_bytes(data)
    before, layers = _seen(out), sorted(one.name for one in (work / "layers").iterdir())
    words = [sys.executable, "-S", "-P", "-c", DRIVER, str(len(cases)), kind]
    done = subprocess.run(words, cwd=work, env={"PYTHONPATH": SOURCE}, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    said = {name: json.loads((work / f"{number}.said").read_text()) for number, name in enumerate(cases)}
    try:
        assert _seen(out) == before
        assert sorted(one.name for one in (work / "layers").iterdir()) == layers, "nothing beside the layers"
        assert sorted(one.name for one in tmp_path.iterdir()) == ["outside", "work"]
        assert {path.suffix for path in work.iterdir()} == {"", ".tar", ".said"}
        assert not Path("/esc").exists()
        unclear = {name: one for name, one in said.items() if not {"digest", "refused"} & one.keys()}
        assert unclear == {}, "each is taken in or refused, with what is wrong"
    finally:
        remove_tree(work)
