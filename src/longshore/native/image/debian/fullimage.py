"""What the full images (`python:3.11`, `node:22`: no -slim) have beyond the slim ones: Docker's buildpack-deps, without
ImageMagick and the older version control systems."""

from __future__ import annotations

import asyncio
from pathlib import Path

from longshore.native.image.debian import base as debian
from longshore.native.image.debian import recipes, rootfs
from longshore.native.image.debian.apt import Progress
from longshore.native.image.store.cache import Cache, key_of, layer_keys

__all__ = ["PACKAGES", "full_layer"]

PACKAGES = (
    "autoconf", "automake", "build-essential", "bzip2", "curl", "default-libmysqlclient-dev", "dpkg-dev", "file", "git",
    "gnupg", "libbz2-dev", "libcurl4-openssl-dev", "libevent-dev", "libffi-dev", "libgdbm-dev", "libgmp-dev",
    "libjpeg-dev", "libkrb5-dev", "liblzma-dev", "libncurses-dev", "libpng-dev", "libpq-dev", "libreadline-dev",
    "libsqlite3-dev", "libssl-dev", "libtool", "libwebp-dev", "libxml2-dev", "libxslt1-dev", "libyaml-dev", "make",
    "openssh-client", "patch", "pkg-config", "procps", "python3", "unzip", "wget", "xz-utils", "zlib1g-dev",
)  # fmt: skip
ALTERNATIVES = (
    ("/usr/bin/cc", "cc", "/usr/bin/gcc", "20"),
    ("/usr/bin/c++", "c++", "/usr/bin/g++", "20"),
    ("/usr/bin/c89", "c89", "/usr/bin/c89-gcc", "20"),
    ("/usr/bin/c99", "c99", "/usr/bin/c99-gcc", "20"),
)


async def full_layer(cache: Cache, release: str, below: tuple[str, ...], progress: Progress, *, offline: bool) -> Path:
    """The layer of PACKAGES above `below`."""
    key = key_of("full", recipes.FULLIMAGE, release, layer_keys(below))
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                with cache.staging() as staged:
                    root = staged / "layer" / "root"
                    root.mkdir(parents=True)
                    await debian.add_packages(cache, release, PACKAGES, below, root, staged, progress, offline=offline)
                    await asyncio.to_thread(_finish, root)
                    cache.publish_layer(key, staged / "layer", {"kind": "full"})
    return cache.layer_root(key)


def _finish(root: Path) -> None:
    rootfs.alternatives(root, ALTERNATIVES)
    debian.trim(root)
