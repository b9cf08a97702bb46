"""RUN --mount: what each kind of mount shows to the command, and what of it counts for the step's key."""

from __future__ import annotations

import csv
import os
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.gobool import FALSE, TRUE
from longshore.model.quantities import size_in_bytes
from longshore.model.record import factory, record
from longshore.native.image.build.context import Entry, LayerSource, LocalContext, Source
from longshore.native.image.build.copying import Copier, Selected, Wish, below
from longshore.native.image.build.layer import WrittenLayer
from longshore.native.image.build.sandbox import Bind
from longshore.native.image.store.cache import Cache, key_of
from longshore.native.image.store.tree import LayerTree
from longshore.native.kernel.privileges import is_root

__all__ = ["MountPlan", "Planner", "RunMount", "parse_mount"]

NAMES = {"dst": "target", "destination": "target", "src": "source", "ro": "readonly", "rw": "readwrite"}
KEYS = frozenset({"type", "from", "source", "target", "readonly", "readwrite", "id", "sharing", "required", "size",
                  "mode", "uid", "gid", "env"})  # fmt: skip
KINDS = ("bind", "cache", "secret", "ssh", "tmpfs")
ONLY = {"size": ("tmpfs",), "required": ("secret", "ssh"), "sharing": ("cache",), "mode": ("cache", "secret", "ssh"),
        "uid": ("cache", "secret", "ssh"), "gid": ("cache", "secret", "ssh")}  # fmt: skip
"""Keys that only some kinds have."""
SWITCHES = ("readonly", "readwrite", "required")
SHARING = ("shared", "private", "locked")
NO_MODE = 0o400
CACHE_MODE = 0o755


@record
class RunMount:
    """The options of one --mount by their long names, checked."""

    kind: str
    options: Mapping[str, str]

    def get(self, name: str, default: str = "") -> str:
        return self.options.get(name, default)

    def number(self, name: str, base: int, default: int = 0) -> int:
        return int(self.options[name], base) if name in self.options else default

    @property
    def read_only(self) -> bool:
        """As given; else a bind can be read only, the others be written to."""
        if "readonly" in self.options:
            return self.options["readonly"] in TRUE
        if "readwrite" in self.options:
            return self.options["readwrite"] in FALSE
        return self.kind not in ("cache", "tmpfs")


@record(frozen=False)
class MountPlan:
    """What the mounts of one RUN come to. `key` and `files` count for the step; `locks` are held while it runs;
    `prepare` is done just before, with a scratch directory, and adds to the binds."""

    binds: list[Bind] = factory(default_factory=list)
    env: dict[str, str] = factory(default_factory=dict)
    key: list[str] = factory(default_factory=list)
    files: dict[str, str] = factory(default_factory=dict)
    locks: list[str] = factory(default_factory=list)
    prepare: list[Callable[[Path], Bind]] = factory(default_factory=list)


def parse_mount(text: str, expand: Callable[[str], str]) -> RunMount:
    """`type=cache,target=/x,…`, the variables of its values replaced by `expand`; ValueError says what is wrong."""
    options: dict[str, str] = {}
    for field in next(csv.reader([text]), []):
        key, equals, value = field.partition("=")
        name = NAMES.get(key.lower(), key.lower())
        if name not in KEYS:
            raise ValueError(f"--mount has no key {key}")
        if not equals and name not in SWITCHES:
            raise ValueError(f"--mount: {key} lacks its value")
        options[name] = expand(value) if equals else "true"
    kind = options.pop("type", "bind").lower()
    if kind not in KINDS:
        raise ValueError(f"--mount=type={kind}: the kinds are {', '.join(KINDS)}")
    mount = RunMount(kind, options)
    _check(mount)
    return mount


def _check(mount: RunMount) -> None:
    for name in mount.options:
        if mount.kind not in ONLY.get(name, (mount.kind,)):
            raise ValueError(f"--mount=type={mount.kind} has no key {name}")
        _check_value(name, mount.options[name])
    if mount.kind == "secret":
        _check_secret(mount)


def _check_value(name: str, value: str) -> None:
    if name in SWITCHES and value not in TRUE and value not in FALSE:
        raise ValueError(f"--mount: {name}={value} is neither true nor false")
    if name == "size":
        size_in_bytes(value)
    if name == "mode" and not re.fullmatch("[0-7]+", value):
        raise ValueError(f"--mount: mode={value}: octal digits are expected")
    if name in ("uid", "gid") and not re.fullmatch("[0-9]+", value):
        raise ValueError(f"--mount: {name}={value}: a number is expected")
    if name == "sharing" and value.lower() not in SHARING:
        raise ValueError(f"--mount: sharing={value}: it is one of {', '.join(SHARING)}")


def _check_secret(mount: RunMount) -> None:
    if mount.get("from"):
        raise ValueError("a secret mount has no from=")
    if not any(mount.get(name) for name in ("source", "target", "id")):
        raise ValueError("a secret mount names its id=, its source= or its target=")
    if mount.get("source") and mount.get("id"):
        raise ValueError("a secret mount names its secret by id= or by source=, not by both")


class Planner:
    """Plans the mounts of one RUN. `source_of` finds what from= names ("" the context); `secret` a secret's text."""

    def __init__(
        self, cache: Cache, working_dir: str, source_of: Callable[[str], Source], secret: Callable[[str], str | None]
    ) -> None:
        self.cache = cache
        self.working_dir = working_dir or "/"
        self.source_of = source_of
        self.secret = secret
        self.plan = MountPlan()

    def all(self, mounts: list[RunMount]) -> MountPlan:
        kinds = {"bind": self._bind, "cache": self._cache, "tmpfs": self._tmpfs, "secret": self._secret, "ssh": _ssh}
        for mount in mounts:
            kinds[mount.kind](mount)
        return self.plan

    def _target(self, mount: RunMount) -> str:
        target = posixpath.normpath(posixpath.join(self.working_dir, mount.get("target")))
        if not mount.get("target") or target == "/":
            raise ShoreError(f"a mount's target cannot be {mount.get('target') or 'empty'}", hint="name a directory")
        return target

    def _top(self, mount: RunMount) -> tuple[Source, Entry]:
        source = self.source_of(mount.get("from"))
        word = mount.get("source") or "/"
        top = source.find(word)
        if top is None:
            raise ShoreError(f"{word} is not there to mount", hint="check the path and .dockerignore")
        return source, top

    def _read(self, name: str, source: Source, top: Entry) -> None:
        """What is read of a source counts for the step: of a stage its key, of a context the files themselves."""
        if isinstance(source, LayerSource):
            self.plan.key.append(f"{name} {source.key} {top.path}")
        elif isinstance(source, LocalContext):
            for entry in below(source, top):
                self.plan.files[entry.path or "."] = source.digest(entry)
            self.plan.key.append(f"{name} {top.path}")

    def _bind(self, mount: RunMount) -> None:
        source, top = self._top(mount)
        target = self._target(mount)
        self._read(f"bind {target}", source, top)

        def prepare(scratch: Path) -> Bind:
            root = scratch / f"bind{len(list(scratch.glob('bind*')))}"
            return Bind(target, source=str(_laid_out(root, source, top)), read_only=mount.read_only)

        self.plan.prepare.append(prepare)

    def _cache(self, mount: RunMount) -> None:
        """A cache is another one when it begins with something else, or with another owner or mode."""
        target = self._target(mount)
        begins = [mount.get(name) for name in ("mode", "uid", "gid")] if not mount.get("source").strip("/") else []
        seed = self._top(mount) if mount.get("from") else None
        if seed is not None and isinstance(seed[0], LayerSource):
            begins += [seed[0].key, seed[1].path]
        elif seed is not None:
            begins += [mount.get("from"), seed[1].path]
        known = mount.get("id") or posixpath.normpath(mount.get("target"))
        name = [known, *begins] if any(begins) else known
        directory = self.cache.mounts / key_of("cache-mount", name, is_root())[:40]
        self.plan.key.append(f"cache {target} {mount.get('id')}")
        if mount.get("sharing", "shared").lower() != "shared":
            self.plan.locks.append(f"mount-{directory.name}")

        def prepare(_: Path) -> Bind:
            if not directory.exists():
                self._make_cache(directory, mount, seed)
            return Bind(target, source=str(directory), read_only=mount.read_only)

        self.plan.prepare.append(prepare)

    def _make_cache(self, directory: Path, mount: RunMount, seed: tuple[Source, Entry] | None) -> None:
        with self.cache.staging() as staged:
            made = _laid_out(staged / "made", *seed) if seed else staged / "made" / "it"
            made.mkdir(parents=True, exist_ok=True)
            if not seed:
                made.chmod(mount.number("mode", 8, CACHE_MODE))
                if is_root():
                    os.chown(made, mount.number("uid", 10), mount.number("gid", 10))
            self.cache.publish_directory(made, directory)

    def _tmpfs(self, mount: RunMount) -> None:
        target, size = self._target(mount), size_in_bytes(mount.get("size") or "0")
        self.plan.key.append(f"tmpfs {target} {size}")
        self.plan.binds.append(Bind(target, read_only=mount.read_only, size=size, mode=0o1777))

    def _secret(self, mount: RunMount) -> None:
        """A secret's value counts for nothing: with another value the step is not done anew (as in BuildKit)."""
        target = mount.get("target")
        name = mount.get("source") or mount.get("id") or posixpath.basename(target)
        text = self.secret(name)
        if text is None:
            if mount.get("required") in TRUE:
                raise ShoreError(f"the build has no secret {name}", hint="name it under build.secrets of the service")
            return
        if "env" in mount.options:
            self.plan.env[mount.get("env")] = text
        if target or "env" not in mount.options:
            place = posixpath.join(self.working_dir, target or f"/run/secrets/{posixpath.basename(name)}")
            mode = mount.number("mode", 8, NO_MODE)
            uid, gid = mount.number("uid", 10), mount.number("gid", 10)
            self.plan.binds.append(Bind(posixpath.normpath(place), text=text, mode=mode, uid=uid, gid=gid))


def _ssh(mount: RunMount) -> None:
    raise ShoreError("RUN --mount=type=ssh is not supported by the native engine", hint="run with --engine docker")


def _laid_out(root: Path, source: Source, top: Entry) -> Path:
    """A copy of what a mount shows, below `root`."""
    layer = WrittenLayer(root, LayerTree(()))
    layer.make_directory("/at", 0o755, None)
    Copier(layer, Wish((), "/at/it"), source).copy(Selected(top, "it"))
    if top.is_dir:
        info = os.lstat(top.real)
        layer.dress("/at/it", info.st_mode & 0o7777, source.owner(info), (info.st_atime_ns, info.st_mtime_ns))
    layer.finish()
    return root / "at" / "it"
