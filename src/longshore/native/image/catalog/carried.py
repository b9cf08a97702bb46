"""Which release of Debian carries which version of what: the tables that the catalogue and the makers share."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from longshore.native.image.debian.sources import ARCHIVE_KEYS, host_release

__all__ = [
    "MARIADB",
    "MEMCACHED",
    "NGINX",
    "NO_TOOLS_TODO",
    "POSTGRES",
    "POSTGRES_PINNED",
    "PYTHON",
    "RABBITMQ",
    "REDIS",
    "RELEASES",
    "missing_tools",
    "no_tools",
    "release_for",
]

RELEASES: Mapping[str, str] = {"bullseye": "11", "bookworm": "12", "trixie": "13"}
PYTHON: Mapping[str, str] = {"3.11": "bookworm", "3.13": "trixie"}
"""The release whose own Python has that minor version."""
POSTGRES: Mapping[str, str] = {"13": "bullseye", "15": "bookworm", "17": "trixie"}
POSTGRES_PINNED: Mapping[str, str] = {"14": "bookworm", "16": "bookworm", "18": "bookworm"}
"""Majors whose programs come from pins, and the release that they stand on here."""
REDIS: Mapping[tuple[str, str], str] = {
    ("redis", "6"): "bullseye",
    ("redis", "7"): "bookworm",
    ("redis", "8"): "trixie",
    ("valkey", "8"): "trixie",
}
MARIADB: Mapping[str, str] = {"10.11": "bookworm", "11.8": "trixie"}
RABBITMQ: Mapping[str, str] = {"3.10": "bookworm", "4.0": "trixie"}
TOOLS = ("apt-get", "dpkg-deb", "tar")
NGINX: Mapping[str, str] = {"bookworm": "1.22", "trixie": "1.26"}
MEMCACHED = "1.6"
"""In every release."""


def release_for(wanted: str = "") -> str:
    """The release to build on: the one that the tag names, else the host's, else the one that carries most."""
    host = host_release()
    return wanted or (host if host in RELEASES else "bookworm")


def missing_tools() -> tuple[str, ...]:
    """What Debian bases need of the host and is not there: programs, and the keys that Debian signs with (Debian has
    them; on Ubuntu they are a package)."""
    tools = tuple(tool for tool in TOOLS if shutil.which(tool) is None)
    return tools if Path(ARCHIVE_KEYS).exists() else (*tools, "debian-archive-keyring")


NO_TOOLS_TODO = "install them (on Debian and Ubuntu by apt-get), or run with --engine docker"


def no_tools(missing: tuple[str, ...]) -> str:
    """Why no base image can be made here."""
    return f"native base images are made from Debian packages, and this machine has no {', '.join(missing)}"
