"""Images from archives into the cache: `docker save`'s own, and OCI image layouts, as files, folders or a stream."""

from __future__ import annotations

import asyncio
import hashlib
import json
import posixpath
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from longshore.engine.registry.manifests import Index, choose, digest_of, own_platform, parse_manifest
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.model import Image
from longshore.native.image.oci import layers
from longshore.native.image.oci.config import parse_configuration
from longshore.native.image.oci.pull import check_platform, stacked
from longshore.native.image.oci.servers import server_of
from longshore.native.image.store.cache import Cache

__all__ = ["load"]

_TODO = "give an archive that docker save, podman save or shore save wrote, or an OCI image layout"


@record
class _Listed:
    """An image in an archive: its names, and where its configuration and its layers lie in there."""

    names: tuple[str, ...]
    config: str
    layers: tuple[str, ...]


async def load(cache: Cache, source: Path | IO[bytes]) -> tuple[Image, ...]:
    """Unpack every image of the archive that has a name, once for each of its names. ShoreError for what is none."""
    with cache.staging() as staged:
        try:
            files = await asyncio.to_thread(_files, source, staged)
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            raise ShoreError(f"the archive cannot be read: {error}", hint=_TODO) from None
        found: list[Image] = []
        for listed in _listed(files):
            found += await _one(cache, files, listed)
        if not found:
            raise ShoreError("the archive holds no image that has a name", hint=_TODO)
        return tuple(found)


def _files(source: Path | IO[bytes], staged: Path) -> dict[str, Path]:
    """The files of the archive by their names in it; on disk they have names of ours."""
    if isinstance(source, Path) and source.is_dir():
        return {str(path.relative_to(source)): path for path in source.rglob("*") if path.is_file()}
    found: dict[str, Path] = {}
    links: dict[str, str] = {}
    name, file = (str(source), None) if isinstance(source, Path) else (None, source)
    with tarfile.open(name, "r|*" if file else "r:*", fileobj=file) as tar:
        for number, member in enumerate(tar):
            path = posixpath.normpath(member.name)
            if member.issym():
                links[path] = posixpath.normpath(posixpath.join(posixpath.dirname(path), member.linkname))
            elif member.isreg() and (content := tar.extractfile(member)):
                found[path] = staged / f"{number}"
                with content, found[path].open("wb") as written:
                    shutil.copyfileobj(content, written)
    return found | {path: found[target] for path, target in links.items() if target in found}


def _read(files: Mapping[str, Path], name: str) -> Any:
    try:
        return json.loads(files[name].read_bytes())
    except (KeyError, ValueError, RecursionError):
        raise ShoreError(f"the archive has no {name} that can be read", hint=_TODO) from None


def _listed(files: Mapping[str, Path]) -> Iterator[_Listed]:
    try:
        if "manifest.json" in files:
            for entry in _read(files, "manifest.json"):
                names = tuple(str(name) for name in entry.get("RepoTags") or ())
                yield _Listed(names, _clean(entry["Config"]), tuple(_clean(layer) for layer in entry["Layers"]))
            return
        for entry in _read(files, "index.json")["manifests"]:
            notes = entry.get("annotations") or {}
            name = notes.get("io.containerd.image.name") or notes.get("org.opencontainers.image.ref.name") or ""
            yield _of_layout(files, str(name), str(entry["digest"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ShoreError(f"the archive's list of images is broken ({error})", hint=_TODO) from None


def _of_layout(files: Mapping[str, Path], name: str, digest: str) -> _Listed:
    manifest = parse_manifest(_verified(files, _blob(digest)), "", name or digest)
    if isinstance(manifest, Index):
        return _of_layout(files, name, choose(manifest, own_platform(), name or digest).digest)
    places = tuple(_blob(layer.digest) for layer in manifest.layers)
    return _Listed((name,) if name else (), _blob(manifest.config.digest), places)


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"


def _clean(name: object) -> str:
    return posixpath.normpath(str(name))


def _verified(files: Mapping[str, Path], name: str) -> bytes:
    """A file whose name is its own digest."""
    if name not in files:
        raise ShoreError(f"the archive lacks {name}", hint="is it whole?")
    body = files[name].read_bytes()
    if hashlib.sha256(body).hexdigest() != posixpath.basename(name).removesuffix(".json"):
        raise ShoreError(f"{name} in the archive is not what its digest says", hint="is the archive broken?")
    return body


async def _one(cache: Cache, files: Mapping[str, Path], listed: _Listed) -> list[Image]:
    if not listed.names:
        return []
    name = listed.names[0]
    body = _verified(files, listed.config)
    known = parse_configuration(body, name)
    check_platform(known, name)
    if len(known.diff_ids) != len(listed.layers):
        raise ShoreError(f"{name}: the archive has other layers than its configuration names", hint="is it whole?")
    for diff_id, place in zip(known.diff_ids, listed.layers, strict=True):
        async with cache.lock(layers.layer_name(diff_id)):
            if layers.present(cache, diff_id) is not None:
                continue
            if place not in files:
                raise ShoreError(f"{name}: the archive lacks its layer {place}", hint="is it whole?")
            with files[place].open("rb") as archive:
                await layers.unpack(cache, archive, diff_id, name)
    roots = tuple(str(cache.layer_root(layers.layer_name(one))) for one in stacked(known.diff_ids))
    roots = roots or (str(layers.empty_layer(cache)),)
    identity, server = digest_of(body), server_of(known.config, roots)
    return [
        Image(tag, identity, roots, known.config, asked=tag, server=server, source="registry") for tag in listed.names
    ]
