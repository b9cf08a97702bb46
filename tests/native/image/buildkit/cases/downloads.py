"""What the server on loopback gives out."""

from __future__ import annotations

from tests.native.image.buildkit.cases.packing import entry, gzipped, tar

__all__ = ["DOWNLOADS", "MODIFIED"]

MODIFIED = "Sun, 09 Sep 2001 01:46:40 GMT"
DOWNLOADS = {
    "/plain.txt": b"plain\n",
    "/folder/deep.txt": b"deep\n",
    "/with%20blank.txt": b"blank\n",
    "/archive.tar.gz": gzipped(tar([entry("top/in.txt", b"in\n", mode=0o600, owner=(5, 6))])),
    "/": b"index\n",
    "/run.sh": b"#!/bin/sh\necho ran\n",
}
