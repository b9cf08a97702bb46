"""Images as tests write them: archives of layers, configuration, manifest; all bytes, no tool."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from longshore.engine.registry.manifests import own_platform

OCI = "application/vnd.oci.image"
DOCKER = "application/vnd.docker"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **given: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mtime = kind, link, 1_700_000_000
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in given.items():
        setattr(info, key, value)
    return info


Entry = str | tarfile.TarInfo | tuple[str | tarfile.TarInfo, bytes | str]


def archive(entries: Iterable[Entry], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of entries: a member alone, or a member (or a file's name) and its content. A name that ends with a slash
    is a directory."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=form) as tar:
        for entry in entries:
            info, content = entry if isinstance(entry, tuple) else (entry, b"")
            data = content.encode() if isinstance(content, str) else content
            if isinstance(info, str):
                info = member(info, tarfile.DIRTYPE if info.endswith("/") else tarfile.REGTYPE)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return whole.getvalue()


@dataclass
class TestImage:
    """Blobs by their digests, and the manifest's bytes."""

    __test__ = False
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifest: bytes = b""
    media: str = f"{OCI}.manifest.v1+json"
    layers: tuple[str, ...] = ()
    diff_ids: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)

    @property
    def id(self) -> str:
        return str(json.loads(self.manifest)["config"]["digest"])

    def descriptor(self, **platform: str) -> dict[str, Any]:
        found: dict[str, Any] = {"mediaType": self.media, "digest": self.digest, "size": len(self.manifest)}
        return {**found, "platform": platform} if platform else found


def image(
    *archives: bytes, config: Mapping[str, Any] | None = None, docker: bool = False, compress: bool = True,
    architecture: str = "", **changes: Any,
) -> TestImage:  # fmt: skip
    """An image of these layers; `changes` are further keys of its manifest."""
    made = TestImage()
    layers = []
    for data in archives:
        packed = gzip.compress(data, 6, mtime=0) if compress else data
        made.blobs[digest_of(packed)] = packed
        kind = f"{DOCKER}.image.rootfs.diff.tar" if docker else f"{OCI}.layer.v1.tar"
        end = (".gzip" if docker else "+gzip") if compress else ""
        layers.append({"mediaType": kind + end, "digest": digest_of(packed), "size": len(packed)})
    whole = {
        "architecture": architecture or own_platform().architecture, "os": "linux", "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [digest_of(data) for data in archives]},
    }  # fmt: skip
    text = json.dumps(whole).encode()
    made.blobs[digest_of(text)] = text
    made.media = f"{DOCKER}.distribution.manifest.v2+json" if docker else f"{OCI}.manifest.v1+json"
    kind = f"{DOCKER}.container.image.v1+json" if docker else f"{OCI}.config.v1+json"
    described = {"mediaType": kind, "digest": digest_of(text), "size": len(text)}
    manifest = {"schemaVersion": 2, "mediaType": made.media, "config": described, "layers": layers, **changes}
    made.manifest = json.dumps(manifest).encode()
    made.layers = tuple(str(layer["digest"]) for layer in layers)
    made.diff_ids = tuple(digest_of(data) for data in archives)
    return made


def index(*entries: dict[str, Any], docker: bool = False) -> tuple[bytes, str]:
    """An index and its media type."""
    media = f"{DOCKER}.distribution.manifest.list.v2+json" if docker else f"{OCI}.index.v1+json"
    return json.dumps({"schemaVersion": 2, "mediaType": media, "manifests": list(entries)}).encode(), media
