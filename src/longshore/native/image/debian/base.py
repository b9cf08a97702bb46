"""The Debian base root: what `debian:<release>-slim` and the slim images above it have, unpacked once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.debian import debs, recipes, rootfs, sources
from longshore.native.image.debian.apt import Apt, Progress
from longshore.native.image.debian.releases import NO_TOOLS_TODO, missing_tools, no_tools
from longshore.native.image.store.cache import Cache, key_of
from longshore.native.image.store.tree import LayerTree
from longshore.native.kernel.privileges import is_root

__all__ = ["add_packages", "base_key", "base_layer", "require_apt", "trim"]

PACKAGES = (
    "?essential",
    "?priority(required)",
    "apt",
    "debian-archive-keyring",
    "tzdata",
    "ca-certificates",
    "netbase",
)
TRIMMED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/groff",
    "usr/share/lintian",
    "usr/share/locale",
)
"""What the official slim images leave out (their /etc/dpkg/dpkg.cfg.d/docker says the same to later installs)."""
DPKG_SLIM = """\
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/groff/*
path-exclude /usr/share/info/*
path-exclude /usr/share/linda/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-include /usr/share/locale/locale.alias
path-exclude /usr/share/man/*
"""
APT_FILES = {
    "docker-clean": 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb '
    '/var/cache/apt/*.bin || true"; };\nDir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n',
    "docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "docker-no-languages": 'Acquire::Languages "none";\n',
    "docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
}
POLICY = (
    "#!/bin/sh\n# no service is started while packages are installed (invoke-rc.d policy: 101, forbidden)\nexit 101\n"
)


def require_apt() -> None:
    missing = missing_tools()
    if missing:
        raise ShoreError(no_tools(missing), hint=NO_TOOLS_TODO)


def base_key(release: str) -> str:
    return key_of("debian", recipes.DEBIAN, release, is_root())


async def base_layer(cache: Cache, release: str, progress: Progress, *, offline: bool = False) -> Path:
    """The base root of `release`, made when it is not in the cache."""
    key = base_key(release)
    if cache.has_layer(key):
        return cache.layer_root(key)
    require_apt()
    async with cache.lock(key):
        if cache.has_layer(key):
            return cache.layer_root(key)
        wanted = (*PACKAGES, *(() if release == "bullseye" else ("usr-is-merged",)))
        files = await Apt(cache, release, offline=offline).fetch(wanted, None, progress)
        progress(f"Debian {release}: unpacking {len(files)} packages", 0, 0)
        with cache.staging() as staged:
            await _make(files, release, staged)
            return cache.publish_layer(key, staged / "layer", {"kind": "debian", "release": release})


async def _make(files: Sequence[Path], release: str, staged: Path) -> None:
    root = staged / "layer" / "root"
    root.mkdir(parents=True)
    root.chmod(0o755)
    debs.merge_usr(root)
    packages = await debs.unpack_all(files, root, staged / "control")
    await asyncio.to_thread(_configure, root, packages, release)


def _configure(root: Path, packages: Sequence[debs.Package], release: str) -> None:
    rootfs.make_skeleton(root)
    rootfs.make_accounts(root)
    rootfs.alternatives(root)
    rootfs.certificates(root)
    rootfs.pam_configuration(root)
    debs.register(packages, root)
    _apt_settings(root, release)
    trim(root)
    rootfs.loader_cache(root)


def _apt_settings(root: Path, release: str) -> None:
    directory = root / "etc/apt/apt.conf.d"
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in APT_FILES.items():
        (directory / name).write_text(text)
    (root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True, exist_ok=True)
    (root / "etc/dpkg/dpkg.cfg.d/docker").write_text(DPKG_SLIM)
    (root / "etc/dpkg/dpkg.cfg.d/docker-apt-speedup").write_text("force-unsafe-io\n")
    lists = root / "etc/apt/sources.list.d"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "debian.sources").write_text(sources.render(sources.for_release((), release, "")))
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text(POLICY)
    policy.chmod(0o755)


def trim(root: Path) -> None:
    """Leave out documentation, as slim images do; copyright files stay."""
    for name in TRIMMED:
        directory = root / name
        if name == "usr/share/doc" and directory.is_dir():
            _trim_documentation(directory)
        elif directory.is_dir():
            shutil.rmtree(directory)
            directory.mkdir()


def _trim_documentation(directory: Path) -> None:
    for path in directory.rglob("*"):
        if not path.is_dir() and path.name != "copyright":
            path.unlink()


async def add_packages(
    cache: Cache,
    release: str,
    packages: Sequence[str],
    below: Sequence[str],
    root: Path,
    scratch: Path,
    progress: Progress,
    *,
    offline: bool = False,
    register: bool = True,
) -> tuple[debs.Package, ...]:
    """Unpack `packages`, and what they need beyond what the layers `below` have installed, into `root`."""
    status = LayerTree(below).real("/var/lib/dpkg/status")
    assert status is not None, "every image here stands on a Debian base"
    files = await Apt(cache, release, offline=offline).fetch(packages, Path(status), progress)
    (root / "usr").mkdir(exist_ok=True)
    root.chmod(0o755)
    debs.merge_usr(root)
    unpacked = await debs.unpack_all(files, root, scratch / "control")
    if register:
        triggers = LayerTree(below).read_text("/var/lib/dpkg/triggers/File")
        debs.register(unpacked, root, Path(status).read_text(), triggers)
    return unpacked
