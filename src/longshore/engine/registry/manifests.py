"""What a registry keeps of an image: manifests and indexes of OCI and of Docker's schema 2. Pure."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from longshore.engine.registry.errors import RegistryError
from longshore.model.record import record

__all__ = [
    "ACCEPT", "DIGEST", "MOST_MANIFEST", "Descriptor", "Index", "Manifest", "Platform", "choose", "digest_of",
    "own_platform", "parse_manifest",
]  # fmt: skip

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
ACCEPT = ", ".join((OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST))
MOST_MANIFEST = 4 << 20
"""Bytes of the largest manifest: what the specification wants every registry to take."""
DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_LAYERS: Mapping[str, str] = {
    "application/vnd.oci.image.layer.v1.tar": "plain",
    "application/vnd.oci.image.layer.v1.tar+gzip": "gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd": "zstd",
    "application/vnd.docker.image.rootfs.diff.tar": "plain",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd": "zstd",
}
"""How a layer of each media type is compressed."""
_FOREIGN = ("nondistributable", "foreign")
_MACHINES: Mapping[str, tuple[str, str]] = {
    "x86_64": ("amd64", ""), "aarch64": ("arm64", "v8"), "armv7l": ("arm", "v7"), "armv6l": ("arm", "v6"),
    "i686": ("386", ""), "ppc64le": ("ppc64le", ""), "s390x": ("s390x", ""), "riscv64": ("riscv64", ""),
}  # fmt: skip


@record
class Platform:
    """As `os/architecture/variant`; an image for any Linux machine of that architecture has no variant."""

    os: str = "linux"
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@record
class Descriptor:
    """Something in a registry: what it is, its digest and its size in bytes."""

    media: str
    digest: str
    size: int
    platform: Platform | None = None
    compression: str = ""


@record
class Index:
    """One image for several platforms."""

    entries: tuple[Descriptor, ...]


@record
class Manifest:
    """One image: its configuration and its layers, the lowest first."""

    config: Descriptor
    layers: tuple[Descriptor, ...]


def digest_of(content: bytes) -> str:
    """What the content is called wherever images are kept."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def own_platform(machine: str = "") -> Platform:
    machine = machine or os.uname().machine
    architecture, variant = _MACHINES.get(machine, (machine, ""))
    return Platform("linux", architecture, variant)


def parse_manifest(body: bytes, media: str, image: str) -> Index | Manifest:
    """What `body` is. RegistryError for what is none, too old, or not to be distributed."""
    try:
        found = json.loads(body)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        kind = str(found.get("mediaType") or media.partition(";")[0].strip())
        if found.get("schemaVersion") == 1:
            raise RegistryError(
                f"{image} is an image of Docker's schema 1, which has no digests of its content",
                hint="push it again with a Docker of the last ten years",
            )
        if "manifests" in found and kind not in (OCI_MANIFEST, DOCKER_MANIFEST):
            return Index(tuple(_entry(entry) for entry in found["manifests"]))
        if kind not in (OCI_MANIFEST, DOCKER_MANIFEST) and not ("config" in found and "layers" in found):
            raise RegistryError(f"{image} is of a kind that is no image: {kind or 'unknown'}", hint="check the name")
        return Manifest(_descriptor(found["config"]), tuple(_layer(layer, image) for layer in found["layers"]))
    except RegistryError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{image}: the registry's answer is no manifest ({type(error).__name__}: {error})"
        raise RegistryError(what, hint="is there a proxy or a login page between us?") from None


def _entry(value: Mapping[str, Any]) -> Descriptor:
    given = value.get("platform") or {}
    platform = Platform(str(given.get("os", "")), str(given.get("architecture", "")), str(given.get("variant", "")))
    annotations = value.get("annotations") or {}
    if annotations.get("vnd.docker.reference.type"):
        platform = Platform("unknown", "unknown")  # an attestation
    found = _descriptor(value)
    return Descriptor(found.media, found.digest, found.size, platform if given else None)


def _descriptor(value: Mapping[str, Any]) -> Descriptor:
    digest, size = str(value["digest"]), int(value["size"])
    if not DIGEST.match(digest):
        raise ValueError(f"{digest[:80]} is not a SHA-256 digest")
    if size < 0:
        raise ValueError(f"a size of {size} bytes")
    return Descriptor(str(value.get("mediaType", "")), digest, size)


def _layer(value: Mapping[str, Any], image: str) -> Descriptor:
    found = _descriptor(value)
    if any(word in found.media for word in _FOREIGN):
        raise RegistryError(
            f"{image} has a layer that its maker does not let registries give out ({found.media})",
            hint="it is made for Windows; choose another image",
        )
    compression = _LAYERS.get(found.media)
    if compression is None:
        raise RegistryError(f"{image} has a layer of an unknown kind: {found.media}", hint="is it an image at all?")
    return Descriptor(found.media, found.digest, found.size, compression=compression)


def choose(index: Index, platform: Platform, image: str) -> Descriptor:
    """The entry for this platform: of its own variant, else of none, else the highest that is not above it. A nested
    index, whose platform nobody gives, is the last resort. RegistryError where there is none."""
    same = [
        entry
        for entry in index.entries
        if entry.platform and (entry.platform.os, entry.platform.architecture) == (platform.os, platform.architecture)
    ]
    wanted = platform.variant

    def rank(entry: Descriptor) -> tuple[bool, bool, str]:
        variant = entry.platform.variant if entry.platform else ""
        return (variant == wanted, not variant, variant)

    fitting = [e for e in same if not wanted or e.platform is None or e.platform.variant <= wanted]
    if fitting:
        best = max(rank(entry) for entry in fitting)
        return next(entry for entry in fitting if rank(entry) == best)  # the first of equals, as Docker takes it
    loose = next((entry for entry in index.entries if entry.platform is None), None)
    if loose is not None:
        return loose
    raise RegistryError(
        f"{image} is not made for {platform}; there are: {_known(index.entries)}",
        hint="ask for another image, or build it here",
        status=404,
    )


def _known(entries: Iterable[Descriptor]) -> str:
    names = [str(entry.platform) for entry in entries if entry.platform and entry.platform.os != "unknown"]
    return ", ".join(dict.fromkeys(names)) or "none"
