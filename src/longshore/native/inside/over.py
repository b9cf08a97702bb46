"""An anonymous volume for which the image has many files, such as /app/node_modules: in place of a copy, which takes
longer than the service's own start and a whole tree of disk for every container, the image's files are seen through
and the volume holds what is written. What it was laid over is kept with it: it shows the same files to the container
that replaces this one, as a copy would."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from longshore.native.image.store.tree import LayerTree
from longshore.native.inside.layers import short_names
from longshore.native.kernel.syscalls import MS_BIND, MS_NODEV, MS_RDONLY, mount
from longshore.native.shared.fill import MANY, copy_attributes, fill

__all__ = ["lay_over"]


def lay_over(data: Path, root: Path, image: Path, layers: Sequence[str], *, by_user: bool, owners: bool) -> Path | None:
    """Mount the volume whose directory is `data` over the files that the image has at `image`, a path under the
    mounted `root` of an image of these `layers`; where the whole is to be seen. None when it was filled, or is now,
    because its file system cannot be laid over. `owners`: files have those of the image."""
    record = data.parent / "_over.json"
    found = _read(record)
    new = found is None
    if found is None:
        if any(data.iterdir()) or not _many(image):
            return None
        found = {"layers": list(layers), "path": str(image.relative_to(root))}
        copy_attributes(image, data, owners)  # before the mount: what is mounted remembers them
    try:
        lower = image if found["layers"] == list(layers) else _earlier(data.parent, found, by_user=by_user)
        merged = _mount(data.parent, lower or image, by_user=by_user)
    except OSError:
        if not new:
            raise
        fill(data, LayerTree(layers), f"/{image.relative_to(root)}", owners=owners)
        return None
    if new:
        draft = record.with_suffix(".new")
        draft.write_text(json.dumps(found), encoding="utf-8")
        draft.replace(record)
    return merged


def _read(record: Path) -> dict[str, object] | None:
    try:
        found: dict[str, object] = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def _many(image: Path) -> bool:
    left = MANY
    for _, _, files in os.walk(image):
        left -= len(files)
        if left <= 0:
            return True
    return False


def _earlier(volume: Path, found: dict[str, object], *, by_user: bool) -> Path | None:
    """The files of the image that the volume was laid over first; None when the cache has lost them."""
    layers = [str(layer) for layer in found["layers"]] if isinstance(found["layers"], list) else []
    if not all(Path(layer).is_dir() for layer in layers):
        return None
    whole = volume / "_image"
    whole.mkdir(exist_ok=True)
    if len(layers) == 1:
        mount(layers[0], whole, None, MS_BIND)
    else:
        lower = short_names(layers, volume / "_l")
        _overlay(volume, "_image", f"lowerdir={lower}", MS_RDONLY, by_user=by_user)
    return whole / str(found["path"])


def _mount(volume: Path, lower: Path, *, by_user: bool) -> Path:
    for name in ("_lower", "_work", "_merged"):
        (volume / name).mkdir(exist_ok=True)
    mount(lower, volume / "_lower", None, MS_BIND)
    _overlay(volume, "_merged", "lowerdir=_lower,upperdir=_data,workdir=_work", 0, by_user=by_user)
    return volume / "_merged"


def _overlay(volume: Path, name: str, options: str, flags: int, *, by_user: bool) -> None:
    """Names are relative: a path may hold the very signs that part options."""
    before = Path.cwd()
    os.chdir(volume)
    try:
        mount("overlay", name, "overlay", MS_NODEV | flags, f"{options}{',userxattr' if by_user else ''}")
    finally:
        os.chdir(before)
