"""A container's root file system: one overlay of the image's layers under a private upper, and all that is mounted on
it. Every path of the container is resolved inside its own root, so that no link of an image leads to the host."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from longshore.model.record import replace
from longshore.native.inside.layers import short_names
from longshore.native.inside.order import Order, PlacedFile, PlacedMount
from longshore.native.inside.over import lay_over
from longshore.native.inside.steps import StepFailed, step
from longshore.native.kernel.syscalls import (
    MNT_DETACH,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_RDONLY,
    MS_REC,
    MS_SLAVE,
    mount,
    pivot_root,
    set_mount_attributes,
    umount,
)

__all__ = ["build_root", "enter_root", "executable", "inside", "place_files", "place_mounts"]

_MOST_LINKS = 40
_PIECE = 1 << 24
_AS_ROOT, _AS_USER = "index=off,metacopy=off,redirect_dir=off", "userxattr"
"""What is written refers to no other layer, so that a build step's can stand on its own; `userxattr` implies it, and
refuses to hear it again."""


def build_root(order: Order) -> Path:
    """Mount the overlay; the path of the new root."""
    directory = Path(order.directory)
    with step("make mounts private"):
        mount(None, "/", None, MS_REC | MS_SLAVE)
    with step("make the private layer"):
        directory.mkdir(mode=0o700, exist_ok=True)
        os.chdir(directory)
        lower = _prepare(order)
    with step("mount the overlay"):
        _overlay(lower, by_user=order.by_user, private=not order.layer)
    return directory / "root"


def _prepare(order: Order) -> str:
    """Directories for the overlay here, and the names of the image's layers as `lowerdir`."""
    for name in ("work", "root"):
        Path(name).mkdir(exist_ok=True)
    if order.layer:
        Path("upper").symlink_to(order.layer)
    else:
        Path("upper").mkdir(exist_ok=True)
    for layer in order.spec.layers:
        if not Path(layer).is_dir():
            raise StepFailed(f"a layer of its image is gone from the cache ({layer}); shore up --build makes it again")
    return short_names(order.spec.layers, Path("l"))


def _overlay(lower: str, *, by_user: bool, private: bool) -> None:
    """Where the state directory cannot carry a private upper (it lies on an overlay itself), a tmpfs does; it lasts
    until the stop."""
    options = f"lowerdir={lower},upperdir=%s,workdir=%s,{_AS_USER if by_user else _AS_ROOT}"
    try:
        mount("overlay", "root", "overlay", MS_NODEV, options % ("upper", "work"))
    except OSError:
        if not private:
            raise
        Path("volatile").mkdir(exist_ok=True)
        mount("tmpfs", "volatile", "tmpfs", MS_NODEV, "mode=755")
        for name in ("upper", "work"):
            Path("volatile", name).mkdir()
        mount("overlay", "root", "overlay", MS_NODEV, options % ("volatile/upper", "volatile/work"))


def inside(root: Path, path: str) -> Path:
    """Where `path` of the container lies under `root`, following links as if `root` were "/"."""
    left = [part for part in path.split("/") if part not in ("", ".")]
    here: list[str] = []
    links = 0
    while left:
        part = left.pop(0)
        if part == "..":
            here = here[:-1]
            continue
        place = root.joinpath(*here, part)
        if not place.is_symlink():
            here.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise ValueError(f"too many links in {path}")
        target = str(place.readlink())
        if target.startswith("/"):
            here = []
        left = [piece for piece in target.split("/") if piece not in ("", ".")] + left
    return root.joinpath(*here)


def executable(root: Path, program: str, path: str) -> bool:
    """Whether `program` (a name to be looked for along `path`, or a path) can be executed under `root`."""
    places = [program] if "/" in program else [f"{folder}/{program}" for folder in path.split(":")]
    return any(_runs(inside(root, place)) for place in places)


def _runs(place: Path) -> bool:
    return place.is_file() and os.access(place, os.X_OK)


def place_mounts(root: Path, order: Order) -> None:
    """In order, so that an outer mount comes before those inside it. A volume that is laid over the image is so before
    anything is mounted: a mount above it (the source at /app, the volume at /app/node_modules) would hide what the
    image has there."""
    entries = [_with_image(root, order, entry) if entry.over else entry for entry in order.mounts]
    for entry in entries:
        with step(f"mount {entry.target}"):
            target = inside(root, entry.target)
            if entry.make and not os.path.lexists(entry.source):
                Path(entry.source).mkdir(parents=True)
            if entry.type == "tmpfs":
                _tmpfs(target, entry)
            else:
                bind(Path(entry.source), target, read_only=entry.read_only, device=entry.device)


def _with_image(root: Path, order: Order, entry: PlacedMount) -> PlacedMount:
    """The mount of a volume that shows what the image has at its place."""
    with step(f"fill {entry.target}"):
        image = inside(root, entry.target)
        merged = lay_over(
            Path(entry.source), root, image, order.spec.layers, by_user=order.by_user, owners=not order.nested
        )
    return replace(entry, source=str(merged)) if merged else entry


def _tmpfs(target: Path, entry: PlacedMount) -> None:
    """Where no mode is asked, as with Docker, that of the folder which it hides, or 1777 where there is none."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.is_dir() else 0o1777
    target.mkdir(parents=True, exist_ok=True)
    flags = MS_NOSUID | MS_NODEV | (MS_RDONLY if entry.read_only else 0) | (0 if entry.executable else MS_NOEXEC)
    asked = any(option.startswith("mode=") for option in entry.data.split(","))
    data = entry.data if asked else ",".join(filter(None, (f"mode={mode:o}", entry.data)))
    mount("tmpfs", target, "tmpfs", flags, data)


def bind(source: Path, target: Path, *, read_only: bool = False, device: bool = False) -> None:
    """Mount `source` of the host (a directory or a file) with all below it on `target`, which is made when missing."""
    is_directory = stat.S_ISDIR(source.stat().st_mode)
    make_mount_point(target, directory=is_directory)
    mount(source, target, None, MS_BIND | MS_REC)
    flags = (0 if device else MS_NODEV) | (MS_RDONLY if read_only else 0)
    if flags:
        set_mount_attributes(target, flags)


def make_mount_point(target: Path, *, directory: bool) -> None:
    if directory:
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=0o644)


def place_files(root: Path, files: Iterable[PlacedFile], store: Path, *, nested: bool) -> None:
    """Secrets and configs, from a tmpfs of their own that is never on disk, read-only at their targets."""
    import base64

    files = tuple(files)
    if not files:
        return
    store.mkdir(exist_ok=True)
    mount("tmpfs", store, "tmpfs", MS_NOSUID | MS_NODEV, "mode=700")
    for number, file in enumerate(files):
        with step(f"place {file.target}"):
            place = store / str(number)
            if file.source:
                _copy(file.source, place)
            else:
                place.write_bytes(base64.b64decode(file.content))
            if not nested:
                os.chown(place, file.uid, file.gid)
            place.chmod(file.mode)
            bind(place, inside(root, file.target), read_only=True)
    umount(store, MNT_DETACH)


def _copy(source: str, place: Path) -> None:
    """By the kernel, piece by piece: a file may be larger than what a process should take of memory."""
    with open(source, "rb") as file, open(place, "wb") as copy:
        while os.sendfile(copy.fileno(), file.fileno(), None, _PIECE):
            pass


def enter_root(root: Path, *, read_only: bool) -> None:
    """Make `root` the root of this mount namespace and let go of the host's."""
    with step("enter the root"):
        if read_only:
            set_mount_attributes(root, MS_RDONLY, recursive=False)
        os.chdir(root)
        pivot_root(".", ".")
        umount(".", MNT_DETACH)
        os.chdir("/")
