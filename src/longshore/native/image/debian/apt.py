"""Debian packages through the host's own apt, in private directories: no root needed, signatures and hashes on."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image import process
from longshore.native.image.debian import sources
from longshore.native.image.store.cache import Cache

__all__ = ["Apt", "Deb", "Progress"]

Progress = Callable[[str, int, int], None]
"""Told of a download: what, bytes done, bytes in all (0: unknown)."""

INDEX_LIFE_SECONDS = 7 * 24 * 3600
"""How long a release's package index is used before it is asked for again; a package that is gone asks at once."""
CONFIGURATION = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear Acquire::IndexTargets::deb::DEP-11-icons-hidpi;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large-hidpi;
APT::Architecture "{architecture}";
#clear APT::Architectures;
APT::Architectures {{ "{architecture}"; }};
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::Languages "none";
Acquire::GzipIndexes "false";
Acquire::ForceHash "SHA256";
Acquire::Retries "3";
Dir::State "{root}/state";
Dir::State::lists "{root}/lists";
Dir::State::status "{status}";
Dir::Cache "{root}/cache";
Dir::Cache::archives "{archives}";
Dir::Cache::pkgcache "{root}/cache/pkgcache.bin";
Dir::Cache::srcpkgcache "";
Dir::Log "{root}/log";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{root}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
"""
URI = re.compile(r"'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})")


@record
class Deb:
    """One package file: its name in the archive, size in bytes and the digest that the signed index gives."""

    file: str
    size: int
    sha256: str

    @property
    def package(self) -> str:
        return self.file.split("_", 1)[0]

    @property
    def version(self) -> str:
        """The version as dpkg knows it ("5:7.0.15-1~deb12u10": file names escape the colon)."""
        return unquote(self.file.split("_")[1])


class Apt:
    """One Debian release as the host's apt sees it from directories of our own under the cache."""

    def __init__(self, cache: Cache, release: str, *, offline: bool = False) -> None:
        self.cache = cache
        self.release = release
        self.offline = offline
        self.root = cache.directory / "apt" / release

    async def fetch(self, packages: Sequence[str], status: Path | None, progress: Progress) -> tuple[Path, ...]:
        """The files of `packages` and of all they need beyond what the dpkg database `status` has installed, in
        apt's order of unpacking; downloaded where missing. Raises ShoreError naming what could not be had."""
        async with self.cache.lock(f"apt-{self.release}"):
            await self._index(progress)
            debs = await self._resolve(packages, status)
            if not all(self._have(deb) for deb in debs):
                await self._download(packages, debs, status, progress)
        return tuple(self._path(deb) for deb in debs)

    async def _resolve(self, packages: Sequence[str], status: Path | None) -> tuple[Deb, ...]:
        result = await self._apt(["--print-uris", "install", *packages], status, self.root / "cache/archives")
        if result.code:
            raise self._failed(f"packages for the base image ({self.release})", result)
        return parse_uris(result.lines)

    async def _index(self, progress: Progress) -> None:
        stamp = self.root / "indexed"
        fresh = stamp.exists() and (self.offline or time.time() - stamp.stat().st_mtime < INDEX_LIFE_SECONDS)
        if fresh:
            return
        if self.offline:
            raise ShoreError(
                f"the package index of Debian {self.release} is not in the cache, and --offline forbids a download",
                hint="run once without --offline, with the network",
            )
        await self._update(progress)
        stamp.touch()

    async def _update(self, progress: Progress) -> None:
        progress(f"Debian {self.release} package index", 0, 0)
        for name in ("state", "lists/partial", "cache/archives/partial", "log", "sources"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        wanted = sources.for_release(sources.host_sources(), self.release, sources.host_release())
        (self.root / "sources" / "debian.sources").write_text(sources.render(wanted))
        result = await self._apt(["-o", "APT::Get::List-Cleanup=true", "update"], None, self.root / "cache/archives")
        if result.code or any(line.startswith(("E:", "Err:")) for line in result.lines):
            raise self._failed(f"the package index of Debian {self.release}", result)

    async def _download(
        self, packages: Sequence[str], debs: Sequence[Deb], status: Path | None, progress: Progress
    ) -> None:
        missing = [deb for deb in debs if not self._have(deb)]
        if self.offline:
            names = ", ".join(deb.package for deb in missing[:6])
            raise ShoreError(
                f"{len(missing)} Debian packages are not in the cache ({names}), and --offline forbids a download",
                hint="run once without --offline, with the network",
            )
        total = sum(deb.size for deb in missing)
        what = f"Debian {self.release}: {len(missing)} packages"
        with self.cache.staging() as staged:
            (staged / "partial").mkdir()
            for deb in debs:
                if deb not in missing:
                    os.link(self._path(deb), staged / deb.file)
            watch = asyncio.create_task(_watch(staged, total, lambda done: progress(what, done, total)))
            try:
                result = await self._apt(["--download-only", "install", *packages], status, staged)
            finally:
                watch.cancel()
            if result.code:
                (self.root / "indexed").unlink(missing_ok=True)
                raise self._failed(f"Debian packages ({self.release})", result)
            progress(what, total, total)
            await asyncio.to_thread(self._take, staged, missing)

    def _take(self, staged: Path, missing: Sequence[Deb]) -> None:
        """Move what was downloaded into the cache; a file whose digest is not the index's never gets there."""
        for deb in missing:
            path = staged / deb.file
            if not path.exists() or _sha256(path) != deb.sha256:
                raise ShoreError(
                    f"{deb.file}: the download is not what the signed index of Debian {self.release} says",
                    hint="run again; if it happens again, the mirror in /etc/apt or a proxy serves wrong files",
                )
            self.cache.publish_file(path, self._path(deb))

    def _path(self, deb: Deb) -> Path:
        return self.cache.downloads / "debs" / deb.file

    def _have(self, deb: Deb) -> bool:
        path = self._path(deb)
        if not path.exists():
            return False
        if path.stat().st_size == deb.size and _sha256(path) == deb.sha256:
            return True
        path.unlink()
        return False

    async def _apt(self, arguments: Sequence[str], status: Path | None, archives: Path) -> process.Finished:
        self.root.mkdir(parents=True, exist_ok=True)
        empty = self.root / "empty-status"
        empty.touch()
        with self.cache.staging() as staged:
            settings = {
                "root": self.root, "status": status or empty, "archives": archives, "architecture": _architecture(),
            }  # fmt: skip
            (staged / "apt.conf").write_text(CONFIGURATION.format(**settings))
            command = ["apt-get", "-c", str(staged / "apt.conf"), "-q", "-y", *arguments]
            return await process.run(command, env=_environment(), keep=5000)

    def _failed(self, what: str, result: process.Finished) -> ShoreError:
        errors = tuple(line for line in result.lines if line.startswith(("E:", "Err:", "W:")))
        return ShoreError(
            f"cannot get {what}: apt-get exited with {result.code}",
            details=(errors or result.lines)[-8:],
            hint="check the network and the sources in /etc/apt; --offline uses only what is cached",
        )


def parse_uris(lines: Sequence[str]) -> tuple[Deb, ...]:
    """The packages that `apt-get --print-uris install` lists."""
    found = (URI.match(line) for line in lines)
    return tuple(Deb(m["file"], int(m["size"]), m["sha256"]) for m in found if m)


async def _watch(directory: Path, total: int, tell: Callable[[int], None]) -> None:
    """Say how many bytes have come, four times a second, while apt downloads into `directory`."""
    linked = _size(directory)
    while True:
        await asyncio.sleep(0.25)
        tell(min(total, _size(directory) - linked))


def _size(directory: Path) -> int:
    total = 0
    for path in (*directory.glob("*.deb"), *directory.glob("partial/*")):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _architecture() -> str:
    names = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf", "i686": "i386"}
    return names.get(os.uname().machine, os.uname().machine)


def _environment() -> Mapping[str, str]:
    """Ours, in the C locale: apt's words are read."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
