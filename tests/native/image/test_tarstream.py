"""Our reader of archives beside Python's, on what Python's writes, and on what nobody should write. Pure."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longshore.native.image.oci.tarstream import BadArchive, Member, Source, attribute_header, read_members
from tests.images import archive, member


def _source(data: bytes, size: int = 1000) -> Source:
    pieces = iter([data[at : at + size] for at in range(0, len(data), size)])
    return Source(lambda: next(pieces, b""))


def _read(data: bytes, size: int = 1000) -> Iterator[tuple[Member, bytes]]:
    source = _source(data, size)
    for found in read_members(source):
        yield found, b"".join(bytes(piece) for piece in source.content(found.size))


LONG = "d" * 120 + "/" + "ä" * 90 + "/" + "f" * 200


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("size", [1, 511, 512, 100_000])
def test_all_three_forms_are_read(form: int, size: int) -> None:
    entries: list[object] = [
        "dir/", ("dir/file", b"x" * 700), ("empty", b""), member("link", tarfile.SYMTYPE, "dir/file"),
        member("hard", tarfile.LNKTYPE, "dir/file"), member("pipe", tarfile.FIFOTYPE),
        member("null", tarfile.CHRTYPE, devmajor=1, devminor=3),
        (member("own", mode=0o4755, uid=1000, gid=1001), b"#!"),
    ]  # fmt: skip
    if form != tarfile.USTAR_FORMAT:
        entries += [(LONG, b"deep"), member("far", tarfile.SYMTYPE, LONG), member("big", uid=4_000_000, gid=4_000_000)]
    data = archive(entries, form)  # type: ignore[arg-type]
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        wanted = {one.name: one for one in tar.getmembers()}
    found = {one.name.decode().rstrip("/"): (one, content) for one, content in _read(data, size)}
    assert list(found) == list(wanted)
    for name, (one, content) in found.items():
        info = wanted[name]
        assert (one.mode, one.uid, one.gid, one.mtime) == (info.mode, info.uid, info.gid, int(info.mtime * 1e9)), name
        assert one.link.decode() == info.linkname, name
        assert len(content) == info.size, name
    assert found["dir/file"][1] == b"x" * 700
    assert found["null"][0].device == (1, 3)
    assert [found[name][0].kind for name in ("dir", "own", "link", "hard", "pipe")] == [b"5", b"0", b"2", b"1", b"6"]


def test_pax_gives_parts_of_seconds_and_attributes() -> None:
    info = member("file", mtime=1700000000.25)
    info.pax_headers = {"SCHILY.xattr.user.mime": "text", "comment": "none"}
    ((found, _),) = _read(archive([info]))
    assert (found.mtime, dict(found.xattrs)) == (1_700_000_000_250_000_000, {b"user.mime": b"text"})


def test_an_attribute_of_any_bytes_is_written_and_read_as_it_is() -> None:
    value = bytes(range(256))  # no text: a program that may set its user (capability 7) has a byte 0x80 in it
    info = member("file")
    info.pax_headers = attribute_header("security.capability", value)
    ((found, _),) = _read(archive([info]))
    assert dict(found.xattrs) == {b"security.capability": value}


def test_a_header_for_all_and_a_directory_that_is_none_by_its_letter() -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"uid": "77"}) as tar:
        tar.addfile(member("a"))
    assert [one.uid for one, _ in _read(whole.getvalue())] == [77]
    old = member("old/")
    old.type = b"\0"
    assert next(one.kind for one, _ in _read(archive([old]))) in (b"0", b"5")


def test_archives_without_their_two_empty_blocks_end_all_the_same() -> None:
    data = archive([("a", b"1")])[:1024]
    assert [(one.name, content) for one, content in _read(data)] == [(b"a", b"1")]


@pytest.mark.parametrize("cut", [1, 511, 513, 700, 1023])
def test_what_is_cut_off_is_said_to_be(cut: int) -> None:
    with pytest.raises(BadArchive, match="cut off"):
        list(_read(archive([("a", b"x" * 600)])[:cut]))


def _broken(at: int, text: bytes) -> bytes:
    """A header with some of its bytes replaced and its sum made right."""
    data = bytearray(archive([("a", b"")], tarfile.USTAR_FORMAT))
    data[at : at + len(text)] = text
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>" * 200, "wrong sum|none"),
        (_broken(124, b"zzz"), "a number in it is none"),
        (_broken(124, b"\xff" * 12), "a size of -1"),
        (_broken(124, b"\x80" + b"\xff" * 11), "a size of"),
        (_broken(108, b"\xff" * 8), "an owner in it"),
        (_broken(156, b"S"), "sparse"),
    ],
)
def test_broken_headers(data: bytes, said: str) -> None:
    with pytest.raises(BadArchive, match=said):
        list(_read(data))


@pytest.mark.parametrize("record", [b"9 a=b", b"x a=b\n", b"999 a=b\n", b"6 ab\n", b"-5 a=b\n", b"0 =\n", b" \n"])
def test_broken_records_of_pax(record: bytes) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = b"x", len(record)
    data = info.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0") + archive([("a", b"")])
    with pytest.raises(BadArchive, match="pax header"):
        list(_read(data))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_byte_of_an_archive_makes_it_fail_in_another_way(data: st.DataObject) -> None:
    whole = bytearray(archive([("a", b"x" * 100), "d/", member("l", tarfile.SYMTYPE, LONG)]))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        for found, _ in _read(bytes(whole[: data.draw(st.integers(0, len(whole)))])):
            assert found.size >= 0
    except BadArchive:
        pass
