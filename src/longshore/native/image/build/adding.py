"""What ADD does beyond COPY: remote files are downloaded."""

from __future__ import annotations

import asyncio
import hashlib
import os
import posixpath
import re
import shutil
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.build.context import Entry
from longshore.native.image.build.copying import Selected
from longshore.native.image.store.cache import Cache, key_of

__all__ = ["Remote", "checked", "download"]

TIMEOUT_SECONDS = 60
MODE = 0o600
"""Of a downloaded file, where no --chmod says otherwise."""
UNNAMED = "__unnamed__"
"""What a file is called whose address ends with a slash."""
CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}")


@record
class Remote:
    """A downloaded file: where it lies in the cache, its digest, its name, when the server says it changed."""

    path: Path
    digest: str
    name: str
    modified: float = 0.0

    @property
    def selected(self) -> Selected:
        return Selected(Entry(self.name, str(self.path), is_dir=False), self.name)


def checked(checksum: str, sources: tuple[str, ...]) -> str:
    """--checksum, if it can be one for these sources; ValueError."""
    if not checksum:
        return ""
    if len(sources) != 1 or not sources[0].startswith(("http://", "https://")):
        raise ValueError("--checksum is for one source, an address")
    if not CHECKSUM.fullmatch(checksum):
        raise ValueError(f"--checksum={checksum} is no checksum: sha256: and 64 hexadecimal digits are expected")
    return checksum


async def download(cache: Cache, url: str, checksum: str, *, offline: bool) -> Remote:
    """The file at `url`, which must have the digest `checksum` ("sha256:…") where one is given."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.path.endswith(".git"):
        hint = "clone it in a RUN, or use --engine docker"
        raise ShoreError(f"ADD {url}: a git repository is not fetched", hint=hint)
    name = posixpath.basename(unquote(parts.path).rstrip("/")) or UNNAMED
    place = cache.downloads / "add" / key_of(url)[:40]
    kept = place / "file"
    if kept.exists() and (offline or checksum == f"sha256:{_digest(kept)}"):
        return Remote(kept, _digest(kept), name, kept.stat().st_mtime)
    if offline:
        raise ShoreError(f"{url} is not in the cache, and --offline forbids a download", hint="run without --offline")
    with cache.staging() as staged:
        modified = await asyncio.to_thread(_fetch, url, staged / "file")
        digest = _digest(staged / "file")
        if checksum and checksum != f"sha256:{digest}":
            what = f"ADD {url}: its digest is sha256:{digest}, not {checksum}"
            raise ShoreError(what, hint="correct --checksum, or do not use it")
        if modified:
            os.utime(staged / "file", (modified, modified))
        (staged / "file").chmod(MODE)
        cache.publish_file(staged / "file", kept)
    return Remote(kept, digest, name, modified)


def _fetch(url: str, target: Path) -> float:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer, target.open("wb") as handle:
            shutil.copyfileobj(answer, handle)
            stamp = answer.headers.get("Last-Modified")
    except (urllib.error.URLError, TimeoutError) as error:
        raise ShoreError(f"cannot download {url}: {error}", hint="check the address and the network") from None
    return parsedate_to_datetime(stamp).timestamp() if stamp else 0.0


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
