"""RUN --mount: what each kind of mount shows to the command, and what of it counts for the step's key."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import factory, record
from longshore.native.image.build.context import LayerSource, LocalContext, Source, matches, walk
from longshore.native.image.build.copying import Copy, LayerWriter, plan
from longshore.native.image.build.sandbox import Bind
from longshore.native.image.store.cache import Cache, key_of
from longshore.native.image.store.tree import LayerTree

__all__ = ["MountPlan", "RunMount", "parse_mount", "plan_mounts"]

NAMES = {"dst": "target", "destination": "target", "src": "source", "ro": "readonly", "rw": "readwrite"}
KINDS: Mapping[str, frozenset[str]] = {
    "bind": frozenset({"target", "source", "from", "readonly", "readwrite"}),
    "cache": frozenset({"target", "source", "from", "id", "readonly", "sharing", "mode", "uid", "gid"}),
    "tmpfs": frozenset({"target", "size"}),
    "secret": frozenset({"target", "id", "required", "mode", "uid", "gid", "env"}),
    "ssh": frozenset({"target", "id", "required", "mode", "uid", "gid"}),
}


@record
class RunMount:
    kind: str
    options: Mapping[str, str]

    def get(self, name: str, default: str = "") -> str:
        return self.options.get(name, default)

    def on(self, name: str) -> bool:
        return self.options.get(name, "false").lower() in ("true", "1", "")


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


def parse_mount(text: str) -> RunMount:
    """`type=cache,target=/x,…`; ValueError says what is wrong."""
    options: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        name = NAMES.get(name.lower(), name.lower())
        options[name] = value if equals else "true"
    kind = options.pop("type", "bind")
    if kind not in KINDS:
        raise ValueError(f"--mount=type={kind}: the kinds are {', '.join(sorted(KINDS))}")
    unknown = sorted(set(options) - KINDS[kind])
    if unknown:
        raise ValueError(f"--mount=type={kind} has no option {unknown[0]}")
    if kind != "secret" and "target" not in options and kind != "ssh":
        raise ValueError(f"--mount=type={kind} needs a target")
    return RunMount(kind, options)


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

    def add(self, mount: RunMount) -> None:
        {"bind": self._bind, "cache": self._cache, "tmpfs": self._tmpfs, "secret": self._secret, "ssh": _ssh}[
            mount.kind
        ](mount)

    def _target(self, mount: RunMount) -> str:
        target = mount.get("target")
        return target if target.startswith("/") else f"{self.working_dir.rstrip('/')}/{target}"

    def _bind(self, mount: RunMount) -> None:
        source = self.source_of(mount.get("from"))
        word = mount.get("source") or "."
        found = matches(source, word)
        if not found:
            raise ShoreError(f"{word} is not there to mount", hint="check the path and .dockerignore")
        target, top = self._target(mount), found[0]
        if isinstance(source, LayerSource):
            self.plan.key.append(f"bind {target} {source.key} {top.path}")
        elif isinstance(source, LocalContext):
            for entry in walk(source, top):
                self.plan.files[entry.path or "."] = source.digest(entry)
            self.plan.key.append(f"bind {target} {top.path}")

        def prepare(scratch: Path) -> Bind:
            root = scratch / f"bind{len(list(scratch.glob('bind*')))}"
            copy = Copy((top.path or ".",), "/it")
            writer = LayerWriter(root, LayerTree(()), (0, 0), None)
            for item in plan(copy, source, LayerTree(())):
                writer.write(item)
            return Bind(
                target, source=str(root / "it"), read_only=not mount.on("readwrite") or "readwrite" not in mount.options
            )

        self.plan.prepare.append(prepare)

    def _cache(self, mount: RunMount) -> None:
        target = self._target(mount)
        name = mount.get("id") or target
        directory = self.cache.mounts / key_of("cache-mount", name, os.geteuid() == 0)[:40]
        self.plan.key.append(f"cache {target}")
        if mount.get("sharing", "shared") != "shared":
            self.plan.locks.append(f"mount-{directory.name}")

        def prepare(_: Path) -> Bind:
            _make_cache(directory, mount)
            return Bind(target, source=str(directory), read_only=mount.on("readonly") and "readonly" in mount.options)

        self.plan.prepare.append(prepare)

    def _tmpfs(self, mount: RunMount) -> None:
        size = int(mount.get("size", "0")) if mount.get("size", "0").isdigit() else 0
        self.plan.key.append(f"tmpfs {self._target(mount)}")
        self.plan.binds.append(Bind(self._target(mount), read_only=False, size=size, mode=0o1777))

    def _secret(self, mount: RunMount) -> None:
        """A secret's value counts for nothing: with another value the step is not done anew (as in BuildKit)."""
        target = mount.get("target")
        name = mount.get("id") or target.rpartition("/")[2]
        text = self.secret(name)
        if text is None:
            if mount.on("required") and "required" in mount.options:
                raise ShoreError(f"the build has no secret {name}", hint="name it under build.secrets of the service")
            return
        if mount.get("env"):
            self.plan.env[mount.get("env")] = text
        if target or not mount.get("env"):
            place = target or f"/run/secrets/{name}"
            mode = int(mount.get("mode", "0400"), 8)
            uid, gid = int(mount.get("uid", "0")), int(mount.get("gid", "0"))
            self.plan.binds.append(Bind(place, text=text, mode=mode, uid=uid, gid=gid))


def _ssh(mount: RunMount) -> None:
    raise ShoreError("RUN --mount=type=ssh is not supported by the native engine", hint="run with --engine docker")


def _make_cache(directory: Path, mount: RunMount) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    if directory.exists():
        return
    directory.mkdir(exist_ok=True)
    directory.chmod(int(mount.get("mode", "0755"), 8))
    if os.geteuid() == 0:
        shutil.chown(directory, int(mount.get("uid", "0")), int(mount.get("gid", "0")))


def plan_mounts(mounts: list[RunMount], planner: Planner) -> MountPlan:
    for mount in mounts:
        planner.add(mount)
    return planner.plan
