"""Instructions that make a layer: RUN, COPY, ADD and WORKDIR. Each is first planned, which yields the parts of its key,
and carried out only when no layer of that key is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.dockerfile.expand import expand
from longshore.dockerfile.instructions import Instruction, exec_form, is_remote
from longshore.dockerfile.stages import Resolved, source_index
from longshore.model.errors import ShoreError
from longshore.model.record import factory, record
from longshore.native.image.build import adding, command
from longshore.native.image.build.context import LayerSource, LocalContext, Source
from longshore.native.image.build.copying import Copy, Item, LayerWriter, parse_mode, plan
from longshore.native.image.build.hostenv import host_settings
from longshore.native.image.build.mounts import MountPlan, Planner, parse_mount, plan_mounts
from longshore.native.image.build.sandbox import Bind, Sandbox, run_in
from longshore.native.image.build.settings import workdir
from longshore.native.image.build.state import StageState
from longshore.native.image.store.tree import LayerTree, is_opaque

if TYPE_CHECKING:
    from longshore.native.image.build.builder import Builder

__all__ = ["Step", "prepare"]

SHOWN_LINES = 20


@record
class Step:
    """`parts` make the key; `make` fills the root of the new layer (its second argument is scratch space);
    `info` is kept beside the layer."""

    parts: dict[str, Any]
    make: Callable[[Path, Path], Awaitable[None]]
    info: dict[str, Any] = factory(default_factory=dict)


async def prepare(builder: Builder, state: StageState, instruction: Instruction, resolved: Resolved) -> Step | None:
    """The step, or None when there is nothing to do (a WORKDIR that exists)."""
    match instruction.keyword:
        case "WORKDIR":
            return _workdir(builder, state, instruction)
        case "RUN":
            return await _run(builder, state, instruction, resolved)
        case "COPY":
            return await _copy(builder, state, instruction, resolved)
        case "ADD":
            return await _add(builder, state, instruction)
    raise ShoreError(f"{instruction.keyword} cannot be carried out", hint="remove it, or run with --engine docker")


def _workdir(builder: Builder, state: StageState, instruction: Instruction) -> Step | None:
    workdir(state, instruction, builder.scope)
    if state.tree.is_dir(state.working_dir):
        return None
    tree, target = state.tree, state.working_dir

    async def make(root: Path, _: Path) -> None:
        LayerWriter(root, tree, (0, 0), None).directory(target)

    return Step({"kind": "workdir", "parent": state.key, "instruction": target}, make)


async def _source(builder: Builder, instruction: Instruction, resolved: Resolved, name: str) -> Source:
    """What from=`name` means: a stage, an additional context, an image; "" the build context."""
    index = source_index(name, resolved.stage, builder.dockerfile) if name else None
    if index is not None:
        state = builder.finished[index]
        return LayerSource(state.tree, state.key)
    if name.isdigit():
        raise ShoreError(f"--from={name}: there is no earlier stage {name}", hint="stages count from 0")
    return await builder.inputs.source(name)


async def _copy(builder: Builder, state: StageState, instruction: Instruction, resolved: Resolved) -> Step:
    name = instruction.flag("from") or ""
    source = await _source(builder, instruction, resolved, name)
    copy = _wish(builder, state, instruction, _words(builder, state, instruction))
    return await _copy_step(state, copy, source, "copy")


def _words(builder: Builder, state: StageState, instruction: Instruction) -> list[str]:
    words = exec_form(instruction.rest) or tuple(
        word for word in instruction.rest.split() if not (instruction.heredocs and word.startswith("<<"))
    )
    found = [expand(word, state.values, escape=builder.scope.escape) for word in words]
    if len(found) + len(instruction.heredocs) < 2:
        raise ValueError("at least one source and a target are needed")
    return found


def _wish(builder: Builder, state: StageState, instruction: Instruction, words: list[str]) -> Copy:
    place = builder.dockerfile.place(instruction.number)
    text = builder.scope.text
    chown = text(state, instruction.flag("chown") or "")
    chmod = text(state, instruction.flag("chmod") or "")
    *sources, target = words
    documents = tuple(
        (
            doc.name,
            expand(doc.content, state.values, escape=builder.scope.escape, keep_quotes=True)
            if doc.expand
            else doc.content,
        )
        for doc in instruction.heredocs
    )
    return Copy(
        sources=tuple(sources),
        target=state.absolute(target),
        texts=documents,
        owner=state.owner(chown, place) if chown else (0, 0),
        mode=parse_mode(chmod) if chmod else None,
        parents=(instruction.flag("parents") or "false") == "true",
        exclude=instruction.every("exclude"),
    )


async def _copy_step(state: StageState, copy: Copy, source: Source, kind: str) -> Step:
    """Files of the context count by their content; those of a stage by the key of the whole stage, so that nothing
    of it is read while the step is cached."""
    parts: dict[str, Any] = {
        "kind": kind,
        "parent": state.key,
        "owner": list(copy.owner),
        "mode": copy.mode,
        "exclude": list(copy.exclude),
        "instruction": [list(copy.sources), copy.target, copy.parents, [list(text) for text in copy.texts]],
    }
    tree = state.tree
    if isinstance(source, LocalContext):
        items = await asyncio.to_thread(plan, copy, source, tree)
        parts["files"] = await asyncio.to_thread(_digests, items, source)
    else:
        assert isinstance(source, LayerSource)
        parts["what it copies"] = source.key

    async def make(root: Path, _: Path) -> None:
        await asyncio.to_thread(_write, root, tree, copy, source)

    return Step(parts, make, _owners(copy))


def _digests(items: list[Item], source: LocalContext) -> dict[str, str]:
    return {item.entry.path or ".": source.digest(item.entry) for item in items if item.entry is not None}


def _write(root: Path, tree: LayerTree, copy: Copy, source: Source) -> None:
    writer = LayerWriter(root, tree, copy.owner, copy.mode)
    for item in plan(copy, source, tree):
        writer.write(item)


def _owners(copy: Copy) -> dict[str, Any]:
    """An ordinary user's files cannot have another owner: what was wanted is kept beside the layer."""
    return {"owners": {copy.target: list(copy.owner)}} if copy.owner != (0, 0) else {}


async def _add(builder: Builder, state: StageState, instruction: Instruction) -> Step:
    words = _words(builder, state, instruction)
    checksum = builder.scope.text(state, instruction.flag("checksum") or "")
    copy = _wish(builder, state, instruction, words)
    remote = [word for word in copy.sources if is_remote(word)]
    if not remote:
        step = await _copy_step(state, copy, builder.inputs.context(), "add")
        return Step(step.parts, adding.unpacking(copy, builder.inputs.context(), state.tree), step.info)
    if len(copy.sources) > 1:
        raise ValueError("one remote source at a time")
    found = await adding.download(builder.cache, remote[0], checksum, offline=builder.store.offline)
    parts = {
        "kind": "add",
        "parent": state.key,
        "files": {remote[0]: found.digest},
        "owner": list(copy.owner),
        "mode": copy.mode,
        "instruction": copy.target,
    }
    return Step(parts, adding.placing(copy, found, state.tree), _owners(copy))


async def _run(builder: Builder, state: StageState, instruction: Instruction, resolved: Resolved) -> Step:
    if instruction.flag("security") == "insecure":
        raise ShoreError(
            "RUN --security=insecure is not supported by the native engine", hint="run with --engine docker"
        )
    mounts = await _mounts(builder, state, instruction, resolved)
    parts: dict[str, Any] = {
        "kind": "run",
        "parent": state.key,
        "user": state.user,
        "cwd": state.working_dir,
        "shell": list(state.shell),
        "instruction": [instruction.rest, *[doc.content for doc in instruction.heredocs]],
        "env": command.keyed_environment(state),
        "mounts": mounts.key,
        "files": mounts.files,
        "network": _network(builder, instruction),
    }
    runner = _Runner(builder, state, instruction, mounts, tuple(state.layers))
    return Step(parts, runner.make)


def _network(builder: Builder, instruction: Instruction) -> str:
    wanted = instruction.flag("network") or builder.build.network or "default"
    return "none" if wanted == "none" else "host"


async def _mounts(builder: Builder, state: StageState, instruction: Instruction, resolved: Resolved) -> MountPlan:
    parsed = [parse_mount(builder.scope.text(state, text)) for text in instruction.every("mount")]
    sources: dict[str, Source] = {}
    for mount in parsed:
        if mount.kind == "bind":
            name = mount.get("from")
            sources[name] = await _source(builder, instruction, resolved, name)
    planner = Planner(builder.cache, state.working_dir, sources.__getitem__, builder.inputs.secret)
    return await asyncio.to_thread(plan_mounts, parsed, planner)


class _Runner:
    """Carries out one RUN."""

    def __init__(
        self, builder: Builder, state: StageState, instruction: Instruction, mounts: MountPlan, layers: tuple[str, ...]
    ) -> None:
        self.builder, self.instruction, self.mounts, self.layers = builder, instruction, mounts, layers
        self.tree = state.tree
        place = builder.dockerfile.place(instruction.number)
        account = self.tree.account(state.user) if state.user else self.tree.account("0")
        if account is None:
            raise ShoreError(
                f"USER {state.user!r} is not in the image's /etc/passwd",
                place=place,
                hint="make the user first (RUN useradd …), or give a number",
            )
        self.user = (account.uid, account.gid, account.groups)
        self.argv, self.script = command.argv(state, instruction)
        self.env = command.environment(state, builder.given, account)
        self.cwd = state.working_dir or "/"

    async def make(self, root: Path, scratch: Path) -> None:
        async with contextlib.AsyncExitStack() as held:
            for name in sorted(set(self.mounts.locks)):
                await held.enter_async_context(self.builder.cache.lock(name))
            sandbox = await asyncio.to_thread(self._sandbox, root, scratch)
            outcome = await run_in(sandbox, scratch / "sandbox", self.builder.output)
        prune(root, self.tree, [bind.target for bind in sandbox.binds])
        if outcome.trouble:
            raise ShoreError(
                f"RUN cannot be carried out here: {outcome.trouble}",
                hint="shore version --debug shows what this machine allows; or run with --engine docker",
            )
        if outcome.code:
            raise ShoreError(
                f"RUN exited with code {outcome.code}: {_short(self.instruction.rest)}",
                place=self.builder.dockerfile.place(self.instruction.number),
                details=outcome.lines[-SHOWN_LINES:],
                hint="correct the step; what was done before it is kept in the cache",
            )

    def _sandbox(self, root: Path, scratch: Path) -> Sandbox:
        host = host_settings(self.tree.read_text("/etc/ssl/certs/ca-certificates.crt"), self._release())
        prepared = [prepare_bind(scratch) for prepare_bind in self.mounts.prepare]
        binds = [*host.binds, Bind("/etc/hosts", text=self._hosts(), mode=0o644), *self.mounts.binds, *prepared]
        if self.script:
            binds.append(Bind(command.SCRIPT, text=self.script, mode=0o755))
        network = _network(self.builder, self.instruction)
        writer = LayerWriter(root, self.tree, (0, 0), None)
        del writer  # gives the new root the owner and mode of the one below
        return Sandbox(
            argv=self.argv,
            layers=self.layers,
            upper=str(root),
            work=str(scratch / "work"),
            env={**host.env, **self.env, **self.mounts.env},
            cwd=self.cwd,
            user=self.user,
            network="none" if network == "none" else "host",
            binds=tuple(binds),
        )

    def _release(self) -> str:
        for line in self.tree.read_text("/etc/os-release").splitlines():
            if line.startswith("VERSION_CODENAME="):
                return line.partition("=")[2].strip('"')
        return ""

    def _hosts(self) -> str:
        own = Path("/etc/hosts").read_text(errors="replace") if Path("/etc/hosts").exists() else "127.0.0.1 localhost\n"
        more = [_host_line(entry) for entry in self.builder.build.extra_hosts]
        return "\n".join([own.rstrip("\n"), "127.0.0.1 buildkitsandbox", *more]) + "\n"


def prune(root: Path, tree: LayerTree, targets: Iterable[str]) -> None:
    """Take the directories above the mounts' places out of the layer where nothing in them changed: the overlay
    copied them up when the places were made."""
    above = {parent for target in targets for parent in Path(target.lstrip("/")).parents if parent != Path()}
    for parent in sorted(above, key=lambda path: len(path.parts), reverse=True):
        directory, below = root / parent, tree.real(f"/{parent}")
        if below is None or not directory.is_dir() or directory.is_symlink() or any(directory.iterdir()):
            continue
        now, before = directory.stat(), Path(below).stat()
        same = (now.st_mode, now.st_uid, now.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
        if same and not is_opaque(str(directory)):
            directory.rmdir()


def _host_line(entry: str) -> str:
    name, _, address = entry.partition("=") if "=" in entry else entry.partition(":")
    address = "127.0.0.1" if address == "host-gateway" else address.strip("[]")
    return f"{address} {name}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:97] + "..."
