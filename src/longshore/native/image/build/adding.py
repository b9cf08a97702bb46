"""What ADD does beyond COPY: local archives are unpacked, remote files are downloaded."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.build.context import Source
from longshore.native.image.build.copying import Copy, LayerWriter, plan
from longshore.native.image.store.cache import Cache, key_of
from longshore.native.image.store.tree import LayerTree

__all__ = ["Remote", "download", "placing", "unpacking"]

MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
TIMEOUT_SECONDS = 60
Make = Callable[[Path, Path], Awaitable[None]]


@record
class Remote:
    """A downloaded file: where it lies in the cache, its digest, its name, when the server says it changed."""

    path: Path
    digest: str
    name: str
    modified: float = 0.0


def is_archive(path: str) -> bool:
    """Whether ADD would unpack the file: a tar archive, plain or compressed, told by its first bytes."""
    with Path(path).open("rb") as handle:
        head = handle.read(512)
    if head[257:262] == b"ustar":
        return True
    if not any(head.startswith(magic) for magic in MAGIC):
        return False
    return subprocess.run(["tar", "-t", "-f", path], capture_output=True, check=False).returncode == 0


def unpacking(copy: Copy, source: Source, tree: LayerTree) -> Make:
    """Copies as COPY does, but a source that is an archive is unpacked into the target instead."""

    def work(root: Path) -> None:
        writer = LayerWriter(root, tree, copy.owner, copy.mode)
        for item in plan(copy, source, tree):
            whole = item.entry is not None and not item.entry.is_dir and not Path(item.entry.real).is_symlink()
            if item.entry is not None and whole and is_archive(item.entry.real):
                _unpack(item.entry.real, writer.directory(copy.target.rstrip("/") or "/"))
            else:
                writer.write(item)

    async def make(root: Path, _: Path) -> None:
        await asyncio.to_thread(work, root)

    return make


def _unpack(archive: str, target: str) -> None:
    owner = ["--numeric-owner"] if os.geteuid() == 0 else ["--no-same-owner"]
    command = ["tar", "-x", "-p", "-f", archive, "-C", target, "--keep-directory-symlink", *owner]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        name = Path(archive).name
        raise ShoreError(f"cannot unpack {name}", details=tuple(result.stderr.splitlines()[-5:]), hint="is it whole?")


async def download(cache: Cache, url: str, checksum: str, *, offline: bool) -> Remote:
    """The file at `url`, which must have the digest `checksum` ("sha256:…") where one is given."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.path.endswith(".git"):
        raise ShoreError(
            f"ADD {url}: a git repository is not fetched", hint="clone it in a RUN, or use --engine docker"
        )
    name = unquote(parts.path.rpartition("/")[2]) or "index"
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
            raise ShoreError(
                f"ADD {url}: its digest is sha256:{digest}, not {checksum}", hint="correct --checksum, or do not use it"
            )
        if modified:
            os.utime(staged / "file", (modified, modified))
        cache.publish_file(staged / "file", kept)
    return Remote(kept, digest, name, modified)


def _fetch(url: str, target: Path) -> float:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer, target.open("wb") as handle:
            while chunk := answer.read(1 << 20):
                handle.write(chunk)
            stamp = answer.headers.get("Last-Modified")
    except (urllib.error.URLError, TimeoutError) as error:
        raise ShoreError(f"cannot download {url}: {error}", hint="check the address and the network") from None
    return parsedate_to_datetime(stamp).timestamp() if stamp else 0.0


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def placing(copy: Copy, remote: Remote, tree: LayerTree) -> Make:
    """Puts a downloaded file at its target, mode 0600 as Docker does where no --chmod says otherwise."""

    def work(root: Path) -> None:
        directory = copy.target.endswith("/") or tree.is_dir(copy.target)
        target = f"{copy.target.rstrip('/')}/{remote.name}" if directory else copy.target
        writer = LayerWriter(root, tree, copy.owner, 0o600 if copy.mode is None else copy.mode)
        writer.file(str(remote.path), target)

    async def make(root: Path, _: Path) -> None:
        await asyncio.to_thread(work, root)

    return make
