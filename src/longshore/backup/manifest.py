"""What is in a snapshot, in figures that can be counted again wherever it is restored. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from longshore.model.codec import decode, encode
from longshore.model.errors import ShoreError
from longshore.model.record import record

__all__ = ["FORMAT", "Content", "Counted", "Difference", "Manifest", "compare", "read_manifest", "write_manifest"]

FORMAT = 1


@record
class Counted:
    """A table, a database of keys, or a tree of files: how much there is of it, and a digest of all of that which does
    not depend on its order. `at_most`: some of it goes by itself (keys with an expiry), so that less is no loss."""

    name: str
    count: int
    digest: str = ""
    at_most: bool = False


@record
class Content:
    """One part as it was kept: `files` are the names of its files in the snapshot, `settings` what a restore needs to
    make it anew, `server` the server's version, and `size` bytes."""

    part: str
    kind: str
    counted: tuple[Counted, ...]
    files: tuple[str, ...]
    server: str = ""
    size: int = 0
    settings: tuple[tuple[str, str], ...] = ()


@record
class Manifest:
    """`taken` is in seconds since 1970, `seconds` how long that took."""

    project: str
    engine: str
    version: str
    taken: float
    seconds: float
    contents: tuple[Content, ...]
    format: int = FORMAT

    def of(self, part: str) -> Content | None:
        return next((content for content in self.contents if content.part == part), None)


@record
class Difference:
    """Where what is there is not what was kept, in words."""

    part: str
    name: str
    text: str


def compare(kept: Content, there: Content) -> Iterator[Difference]:
    """Every table, key space and tree that is missing, more, or not the same."""
    found = {one.name: one for one in there.counted}
    for one in kept.counted:
        other = found.pop(one.name, None)
        if other is None:
            if not (one.at_most or not one.count):
                yield Difference(kept.part, one.name, f"is missing: {one.count} kept")
        elif one.at_most:
            if other.count > one.count:
                yield Difference(kept.part, one.name, f"{other.count} are there, at most {one.count} were kept")
        elif other.count != one.count:
            yield Difference(kept.part, one.name, f"{other.count} are there, {one.count} were kept")
        elif other.digest != one.digest:
            yield Difference(kept.part, one.name, f"as many as were kept ({one.count}), but with other content")
    for other in found.values():
        if other.count:
            yield Difference(kept.part, other.name, f"{other.count} are there that were not kept")


def write_manifest(manifest: Manifest) -> str:
    return json.dumps(encode(manifest), indent=1)


def read_manifest(text: str) -> Manifest:
    """Raises ShoreError for what is none, or a later version's."""
    try:
        data = json.loads(text)
        later = int(data.get("format", FORMAT)) > FORMAT
        manifest = decode(Manifest, data)
    except (ValueError, TypeError, AttributeError):
        raise ShoreError("the snapshot's manifest cannot be read", hint="use another snapshot") from None
    if later:
        raise ShoreError("the snapshot is of a later version of shore", hint="restore it with that version")
    return manifest
