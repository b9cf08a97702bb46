"""Archives as layers of images come: ustar, pax and GNU's, read once from the front, whoever wrote them. Pure: bytes
in, members out.

Python's own tarfile keeps every member in memory, takes names as text and silently repairs what is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

__all__ = ["BadArchive", "Member", "Source", "attribute_header", "read_members"]

BLOCK = 512
MOST_EXTENSION = 1 << 20
"""Bytes of the largest pax header or long name; Go's reader, which Docker uses, takes as much."""
MOST_SIZE = 1 << 62
XATTR = b"SCHILY.xattr."
_REGULAR = b"0\0" + b"7"
_EXTENSIONS = b"xgLK"


class BadArchive(ValueError):
    """It is not an archive, or is cut off."""


class Member(NamedTuple):
    """`kind` is tar's letter (b"0" for a file whatever way that was said); `name` and `link` as written; `mtime` in
    nanoseconds; `xattrs` by name."""

    kind: bytes
    name: bytes
    link: bytes
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    xattrs: Mapping[bytes, bytes]
    device: tuple[int, int] = (0, 0)


class Source:
    """Bytes from `more`, which gives b"" at the end, in the pieces that a reader of archives wants."""

    def __init__(self, more: Callable[[], bytes]) -> None:
        self._next, self._piece, self._at = more, b"", 0

    def _more(self) -> bool:
        left = self._piece[self._at :]
        piece = self._next()
        self._piece, self._at = left + piece if left else piece, 0
        return bool(piece)

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes. BadArchive where there are fewer."""
        while len(self._piece) - self._at < count:
            if not self._more():
                raise BadArchive("it is cut off")
        start, self._at = self._at, self._at + count
        return self._piece[start : self._at]

    def block(self) -> bytes:
        """The next block, or b"" at the end of everything: archives without their two empty blocks are about."""
        if len(self._piece) == self._at and not self._more():
            return b""
        return self.exactly(BLOCK)

    def content(self, size: int) -> Iterator[memoryview]:
        """The `size` bytes of a member in pieces, and what fills its last block taken away."""
        left = size
        while left:
            if len(self._piece) == self._at and not self._more():
                raise BadArchive("it is cut off")
            count = min(left, len(self._piece) - self._at)
            yield memoryview(self._piece)[self._at : self._at + count]
            self._at += count
            left -= count
        self.exactly(-size % BLOCK)

    def drain(self) -> None:
        """Read to the very end: what follows an archive counts for its digest."""
        self._piece, self._at = b"", 0
        while self._next():
            pass


def attribute_header(name: str, value: bytes) -> dict[str, str]:
    """An extended attribute as a header that Python's tarfile writes byte for byte."""
    return {f"{XATTR.decode()}{name}": value.decode("utf-8", "surrogateescape")}


def read_members(source: Source) -> Iterator[Member]:
    """Each member in its order; the caller takes its `content` before it asks for the next. BadArchive for what no tar
    would read."""
    common: dict[bytes, bytes] = {}
    own: dict[bytes, bytes] = {}
    while head := source.block():
        if not head.strip(b"\0"):
            return
        _check(head)
        kind, size = head[156:157], _number(head[124:136])
        if kind in _EXTENSIONS and kind:
            _extend(kind, _extension(source, size), common, own)
            continue
        yield _member(head, kind, size, common | own if common else own)
        own = {}
    if own:
        raise BadArchive("it is cut off")


def _check(head: bytes) -> None:
    """The header's sum, with the field of the sum taken as blanks; signed in archives of some old programs."""
    said = _number(head[148:156])
    blanked = head[:148] + b" " * 8 + head[156:]
    if said != sum(blanked) and said != sum(byte - 256 if byte > 127 else byte for byte in blanked):
        raise BadArchive("a header in it has a wrong sum")


def _extension(source: Source, size: int) -> bytes:
    if size > MOST_EXTENSION:
        raise BadArchive(f"a header in it is {size} bytes long")
    return b"".join(bytes(piece) for piece in source.content(size))


def _extend(kind: bytes, data: bytes, common: dict[bytes, bytes], own: dict[bytes, bytes]) -> None:
    if kind == b"x":
        own.update(_pax(data))
    elif kind == b"g":
        common.update(_pax(data))
    else:
        own[b"path" if kind == b"L" else b"linkpath"] = data.split(b"\0", 1)[0]


def _pax(data: bytes) -> dict[bytes, bytes]:
    """Records of the form "length key=value\n"."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        blank = data.find(b" ", at)
        try:
            end = at + int(data[at:blank])
        except ValueError:
            raise BadArchive("a pax header in it is broken") from None
        if blank < 0 or end <= blank or end > len(data) or data[end - 1 : end] != b"\n":
            raise BadArchive("a pax header in it is broken")
        key, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if not equals:
            raise BadArchive("a pax header in it is broken")
        found[key] = value
        at = end
    return found


def _member(head: bytes, kind: bytes, size: int, extended: Mapping[bytes, bytes]) -> Member:
    if any(key.startswith(b"GNU.sparse.") for key in extended) or kind == b"S":
        raise BadArchive("it holds a sparse file, which layers of images do not")
    name = _text(head[:100])
    prefix = _text(head[345:500]) if head[257:263] == b"ustar\0" else b""
    name = extended.get(b"path") or (prefix + b"/" + name if prefix else name)
    if b"size" in extended:
        size = _decimal(extended[b"size"])
    if not 0 <= size <= MOST_SIZE:
        raise BadArchive(f"a member in it has a size of {size} bytes")
    if kind in _REGULAR or not kind:
        kind = b"5" if name.endswith(b"/") and kind != b"7" else b"0"
    return Member(
        kind=kind,
        name=name,
        link=extended.get(b"linkpath") or _text(head[157:257]),
        mode=_number(head[100:108]) & 0o7777,
        uid=_id(extended.get(b"uid"), head[108:116]),
        gid=_id(extended.get(b"gid"), head[116:124]),
        size=size if kind == b"0" else 0,
        mtime=_time(extended.get(b"mtime"), head[136:148]),
        xattrs={key[len(XATTR) :]: value for key, value in extended.items() if key.startswith(XATTR)},
        device=(_number(head[329:337]), _number(head[337:345])) if kind in (b"3", b"4") else (0, 0),
    )


def _text(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _number(field: bytes) -> int:
    """Octal digits, or GNU's base 256 (the first bit set)."""
    if field[:1] >= b"\x80":
        return (
            int.from_bytes(bytes([field[0] & 0x3F]) + field[1:])
            if field[0] < 0xC0
            else int.from_bytes(field, signed=True)
        )
    digits = field.split(b"\0", 1)[0].strip()
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise BadArchive("a number in it is none") from None


def _decimal(text: bytes) -> int:
    if not text.isdigit() or len(text) > 19:
        raise BadArchive("a number in it is none")
    return int(text)


def _id(text: bytes | None, field: bytes) -> int:
    value = _decimal(text) if text is not None else _number(field)
    if not 0 <= value < 1 << 32:
        raise BadArchive(f"an owner in it has the number {value}")
    return value


def _time(text: bytes | None, field: bytes) -> int:
    """Nanoseconds since the epoch; one that no file can have is 0."""
    try:
        if text is None:
            value = _number(field) * 10**9
        else:
            whole, _, part = text.partition(b".")
            fraction = int((part[:9] or b"0").ljust(9, b"0"))
            value = int(whole or b"0") * 10**9 + (-fraction if whole.startswith(b"-") else fraction)
    except ValueError:
        raise BadArchive("a time in it is none") from None
    return value if abs(value) < 1 << 62 else 0
