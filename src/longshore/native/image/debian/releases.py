"""The releases of Debian that images stand on, and what making them needs of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from longshore.model.record import record
from longshore.native.image.debian.sources import ARCHIVE_KEYS, host_release

__all__ = ["LIBRARIES", "NEAR", "NO_TOOLS_TODO", "RELEASES", "missing_tools", "no_tools", "release_for"]

RELEASES: Mapping[str, str] = {"bullseye": "11", "bookworm": "12", "trixie": "13"}
NEAR: Mapping[str, str] = {
    "wheezy": "bullseye", "jessie": "bullseye", "stretch": "bullseye", "buster": "bullseye",
    "xenial": "bullseye", "bionic": "bullseye", "focal": "bullseye", "jammy": "bookworm", "noble": "trixie",
    "forky": "trixie",
}  # fmt: skip
"""Releases of Debian and Ubuntu that tags name and that no archive here serves any more, or is not Debian's: which one
is nearest, by its C library."""


@record
class Libraries:
    """What a release has of what interpreters are built against: the minor version of glibc 2, and which OpenSSL and
    libffi."""

    glibc: int
    sonames: tuple[str, ...]


LIBRARIES: Mapping[str, Libraries] = {
    "bullseye": Libraries(31, ("libssl.so.1.1", "libcrypto.so.1.1", "libffi.so.7")),
    "bookworm": Libraries(36, ("libssl.so.3", "libcrypto.so.3", "libffi.so.8")),
    "trixie": Libraries(41, ("libssl.so.3", "libcrypto.so.3", "libffi.so.8")),
}
TOOLS = ("apt-get", "dpkg-deb", "tar")


def release_for(wanted: str = "") -> str:
    """The release to build on: the one that the tag names or the nearest to it, else the host's, else the one that
    carries most."""
    host = host_release()
    return NEAR.get(wanted, wanted) or (host if host in RELEASES else "bookworm")


def missing_tools() -> tuple[str, ...]:
    """What Debian bases need of the host and is not there: programs, and the keys that Debian signs with (Debian has
    them; on Ubuntu they are a package)."""
    tools = tuple(tool for tool in TOOLS if shutil.which(tool) is None)
    return tools if Path(ARCHIVE_KEYS).exists() else (*tools, "debian-archive-keyring")


NO_TOOLS_TODO = "install them (on Debian and Ubuntu by apt-get), or run with --engine docker"


def no_tools(missing: tuple[str, ...]) -> str:
    """Why no base image can be made here."""
    return f"native base images are made from Debian packages, and this machine has no {', '.join(missing)}"
