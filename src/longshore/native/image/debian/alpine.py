"""What `alpine` variants have and Debian has not: busybox's wget and friends, `apk add` for packages that Debian has
under another name, and adduser and addgroup with busybox's options. The rest stays Debian: libc, shell, paths."""

from __future__ import annotations

import asyncio
from pathlib import Path

from longshore.native.image.debian import base as debian
from longshore.native.image.debian import recipes
from longshore.native.image.debian.additions import script
from longshore.native.image.debian.apknames import PACKAGES
from longshore.native.image.debian.apt import Progress
from longshore.native.image.store.cache import Cache, key_of

__all__ = ["alpine_layer"]

APPLETS = ("wget", "nc", "vi", "ping", "ip", "ifconfig", "netstat", "nslookup", "telnet", "traceroute", "xxd", "unzip",
           "bzip2", "bunzip2", "killall", "less", "ps", "top", "pgrep", "pkill", "free", "uptime", "watch")  # fmt: skip
"""Busybox programs that an Alpine image has and Debian's base lacks."""


async def alpine_layer(cache: Cache, release: str, progress: Progress, *, offline: bool) -> Path:
    """The layer that makes a Debian base serve where an Alpine one was asked for."""
    key = key_of("alpine", recipes.ALPINE, debian.base_key(release), sorted(PACKAGES.items()))
    if not cache.has_layer(key):
        base = await debian.base_layer(cache, release, progress, offline=offline)
        async with cache.lock(key):
            if not cache.has_layer(key):
                with cache.staging() as staged:
                    root = staged / "layer" / "root"
                    root.mkdir(parents=True)
                    await debian.add_packages(
                        cache, release, ("busybox",), (str(base),), root, staged, progress, offline=offline
                    )
                    await asyncio.to_thread(_finish, root)
                    cache.publish_layer(key, staged / "layer", {"kind": "alpine"})
    return cache.layer_root(key)


def _finish(root: Path) -> None:
    local = root / "usr/local/bin"
    local.mkdir(parents=True, exist_ok=True)
    for applet in APPLETS:
        (local / applet).symlink_to("/bin/busybox")
    table = "\n".join(f"\t\t{name}) echo '{debian}' ;;" for name, debian in sorted(PACKAGES.items()))
    script(root, "/usr/sbin/apk", "alpine-apk.sh", {"TABLE": table})
    script(root, "/usr/local/sbin/adduser", "alpine-adduser.sh")
    script(root, "/usr/local/sbin/addgroup", "alpine-addgroup.sh")
    debian.trim(root)
