"""Images out of the cache: the blobs that an image is elsewhere (layers, configuration, manifest), and a folder or an
archive of them that other tools read: an OCI image layout with `docker save`'s own list beside it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from longshore.engine.registry.manifests import OCI_INDEX, OCI_MANIFEST, Descriptor, digest_of, own_platform
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record
from longshore.model.reference import parse_reference
from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.oci import layers
from longshore.native.image.store.cache import Cache, layer_key

__all__ = ["Exported", "Packed", "config_blob", "described", "export", "pack", "write_layout"]

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
_SECOND = 1_000_000_000


@record
class Packed:
    """A layer elsewhere: `blob` is its archive there, `diff_id` that archive unpacked; `path` is where it lies here, ""
    where it need not be sent."""

    blob: Descriptor
    diff_id: str
    path: str


@record(hidden=("config", "manifest"))
class Exported:
    """An image elsewhere: its layers, and the bytes of its configuration and manifest."""

    layers: tuple[Packed, ...]
    config: bytes
    manifest: bytes

    @property
    def digest(self) -> str:
        """The manifest's."""
        return _blob(OCI_MANIFEST, self.manifest).digest


async def export(cache: Cache, image: Image, folder: Path) -> Exported:
    """Pack an image's layers into files below `folder`. ShoreError where one cannot be read."""
    packed = [await pack(cache, layer, folder, image.dated) for layer in image.layers]
    return described(image.config, tuple(packed), image.dated)


async def pack(cache: Cache, layer: str, folder: Path, dated: int | None = None) -> Packed:
    """Pack the layer whose root this is into a file below `folder`, with nothing in it younger than `dated`. ShoreError
    where it cannot be read."""
    path = folder / layer_key(layer)
    with path.open("wb") as file:
        ids: layers.Ids = "many" if cache.layer_info(layer_key(layer)).get("ids") == "many" else "one"
        said = await layers.run_packer(Path(layer), file, ids, dated=dated)
    if "failed" in said:
        raise ShoreError(f"a layer cannot be packed: {said['failed']}", hint="is the disk full?")
    blob = Descriptor(LAYER, str(said["digest"]), int(said["size"]))
    layers.remember_blob(cache, str(said["diff_id"]), blob, None, layer_key(layer), dated=dated)
    return Packed(blob, str(said["diff_id"]), str(path))


def config_blob(config: bytes) -> Descriptor:
    """What the configuration is in a registry."""
    return _blob(CONFIG, config)


def described(config: ImageConfig, packed: tuple[Packed, ...], dated: int | None = None) -> Exported:
    """The configuration and the manifest of an image with these layers. The same image has the same digest whenever it
    is written: it was made at `dated` (seconds; None: 0), no clock is in it. Pure."""
    own, created = own_platform(), _moment(dated or 0)
    whole: dict[str, Any] = {
        "created": created, "architecture": own.architecture, "os": own.os, "config": _config(config),
        "rootfs": {"type": "layers", "diff_ids": [one.diff_id for one in packed]},
        "history": [{"created": created, "created_by": "longshore"} for _ in packed],
    }  # fmt: skip
    if own.variant:
        whole["variant"] = own.variant
    text = json.dumps(whole, separators=(",", ":")).encode()
    manifest = {
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": _descriptor(_blob(CONFIG, text)),
        "layers": [_descriptor(one.blob) for one in packed],
    }  # fmt: skip
    return Exported(packed, text, json.dumps(manifest, separators=(",", ":")).encode())


def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _config(config: ImageConfig) -> dict[str, Any]:
    """As Docker writes it; what is empty is left out."""
    found = {
        "Env": [f"{name}={value}" for name, value in config.env.items()],
        "Entrypoint": list(config.entrypoint), "Cmd": list(config.cmd), "WorkingDir": config.working_dir,
        "User": config.user, "ExposedPorts": {name: {} for name in config.exposed},
        "Volumes": {path: {} for path in config.volumes}, "Labels": dict(config.labels),
        "StopSignal": config.stop_signal,
        "Shell": [] if config.shell == ("/bin/sh", "-c") else list(config.shell), "OnBuild": list(config.onbuild),
        "Healthcheck": _healthcheck(config.healthcheck) if config.healthcheck else {},
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _healthcheck(check: HealthCheck) -> dict[str, Any]:
    times = {
        "Interval": check.interval, "Timeout": check.timeout, "StartPeriod": check.start_period,
        "StartInterval": check.start_interval,
    }  # fmt: skip
    found: dict[str, Any] = {"Test": ["NONE"] if check.disable else list(check.test)}
    found |= {key: int(value * _SECOND) for key, value in times.items() if value}
    return {**found, "Retries": check.retries} if check.retries else found


def _blob(media: str, body: bytes) -> Descriptor:
    return Descriptor(media, digest_of(body), len(body))


def _descriptor(blob: Descriptor) -> dict[str, Any]:
    return {"mediaType": blob.media, "digest": blob.digest, "size": blob.size}


async def write_layout(cache: Cache, images: Sequence[tuple[str, Image]], target: Path) -> None:
    """Write the images, each under its name, as an archive (where the target's name has an ending such as .tar, or it
    is a file) or as a folder. ShoreError where that cannot be."""
    with cache.staging() as staged:
        layout = staged / "layout"
        blobs = layout / "blobs/sha256"
        blobs.mkdir(parents=True)
        entries, listed = [], []
        for name, image in images:
            found = await export(cache, image, staged)
            for one in found.layers:
                Path(one.path).replace(blobs / _hex(one.blob.digest))
            config, manifest = _blob(CONFIG, found.config), _blob(OCI_MANIFEST, found.manifest)
            for blob, body in ((config, found.config), (manifest, found.manifest)):
                (blobs / _hex(blob.digest)).write_bytes(body)
            entries.append(_named(manifest, name))
            places = [f"blobs/sha256/{_hex(one.blob.digest)}" for one in found.layers]
            listed.append({"Config": f"blobs/sha256/{_hex(config.digest)}", "RepoTags": [_tag(name)], "Layers": places})
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        for place, value in (("index.json", index), ("manifest.json", listed)):
            (layout / place).write_text(json.dumps(value, separators=(",", ":")))
        (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        try:
            await asyncio.to_thread(_put, layout, target)
        except OSError as error:
            raise ShoreError(f"{target}: {error.strerror}", hint="choose another place") from None


def _named(manifest: Descriptor, name: str) -> dict[str, Any]:
    own = own_platform()
    platform = {"architecture": own.architecture, "os": own.os}
    notes = {"org.opencontainers.image.ref.name": parse_reference(name).version, "io.containerd.image.name": _tag(name)}
    return {**_descriptor(manifest), "platform": platform, "annotations": notes}


def _tag(name: str) -> str:
    parsed = parse_reference(name)
    return f"{parsed.name}:{parsed.version or 'latest'}"


def _hex(digest: str) -> str:
    return digest.partition(":")[2]


def _put(layout: Path, target: Path) -> None:
    """Every time the same archive: by name, owned by root, of the epoch."""
    if target.is_dir() or not (target.suffix or target.exists()):
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(layout.rglob("*")):
            place = target / path.relative_to(layout)
            if path.is_dir():
                place.mkdir(exist_ok=True)
            else:
                shutil.copyfile(path, place)
        return
    draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    try:
        with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(layout.rglob("*")):
                tar.add(path, str(path.relative_to(layout)), recursive=False, filter=_plain)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    info.mode = 0o755 if info.isdir() else 0o644
    return info
