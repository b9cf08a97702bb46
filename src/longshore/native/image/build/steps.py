"""Instructions that make a layer: RUN, COPY, ADD and WORKDIR. Each is first planned, which yields the parts of its key,
and carried out only when no layer of that key is there."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longshore.dockerfile.expand import expand_document
from longshore.dockerfile.instructions import Instruction, is_remote
from longshore.dockerfile.lines import heredoc_named
from longshore.model.errors import ShoreError
from longshore.model.record import record, replace
from longshore.native.image.build import adding, running
from longshore.native.image.build.context import LocalContext, Source
from longshore.native.image.build.copying import Copier, Wish, described, select
from longshore.native.image.build.layer import WrittenLayer
from longshore.native.image.build.modes import parse_mode
from longshore.native.image.build.settings import SETTINGS, Scope, workdir
from longshore.native.image.build.state import StageState
from longshore.native.image.build.step import Building, Step
from longshore.native.image.store.tree import LayerTree

__all__ = ["copied", "prepare", "rehearse"]

NEW_DIRECTORY = 0o755


@record
class _Reading:
    """What the words of a COPY or ADD say, their variables replaced. `remote` are the sources to download."""

    wish: Wish
    chown: str
    checksum: str
    remote: tuple[str, ...]


def rehearse(state: StageState, instruction: Instruction, scope: Scope) -> None:
    """Go through an instruction without carrying it out: `state` becomes what it is after it, but for the layers.
    Raises ValueError or ShoreError for what is wrong in it, so that it is known before the first step runs."""
    if instruction.keyword in SETTINGS:
        SETTINGS[instruction.keyword](state, instruction, scope)
    elif instruction.keyword == "WORKDIR":
        workdir(state, instruction, scope)
    elif instruction.keyword == "RUN":
        running.read(state, instruction, scope)
    else:
        _read(state, instruction, scope)


async def prepare(building: Building, state: StageState, instruction: Instruction) -> Step | None:
    """The step, or None when there is nothing to do (a WORKDIR that exists)."""
    match instruction.keyword:
        case "WORKDIR":
            return _workdir(building, state, instruction)
        case "RUN":
            return await running.prepare(building, state, instruction)
        case "COPY":
            return await _copy(building, state, instruction)
        case "ADD":
            return await _add(building, state, instruction)
    raise ShoreError(f"{instruction.keyword} cannot be carried out", hint="remove it, or run with --engine docker")


def _workdir(building: Building, state: StageState, instruction: Instruction) -> Step | None:
    """The directory, made for the user that was named before it."""
    workdir(state, instruction, building.scope)
    if state.tree.is_dir(state.working_dir):
        return None
    tree, target = state.tree, posixpath.normpath(state.working_dir)
    owner = state.owner(state.user) if state.user else None
    epoch = building.given.get("SOURCE_DATE_EPOCH", "")

    async def make(root: Path, _: Path) -> None:
        layer = WrittenLayer(root, tree)
        for made in layer.make_directories(layer.resolve(target), NEW_DIRECTORY, owner):
            if epoch.isdigit():
                layer.date(made, (int(epoch) * 1_000_000_000,) * 2)
        layer.finish()

    return Step({"kind": "workdir", "parent": state.key, "instruction": target, "owner": owner, "epoch": epoch}, make)


def _read(state: StageState, instruction: Instruction, scope: Scope) -> _Reading:
    is_add = instruction.keyword == "ADD"
    *sources, target = [
        scope.text(state, word) for word in instruction.words if instruction.json or not heredoc_named(word)
    ]
    documents = tuple(
        (doc.name, expand_document(doc.chomped, state.values) if doc.expand else doc.chomped)
        for doc in instruction.heredocs
    )
    chmod = scope.text(state, instruction.flag("chmod") or "")
    if chmod:
        parse_mode(chmod)
    remote = tuple(word for word in sources if is_remote(word))
    if remote and not is_add:
        raise ValueError(f"COPY does not download {remote[0]}: ADD does")
    unpack = instruction.flag("unpack")
    wish = Wish(
        sources=tuple(sources),
        target=state.absolute(target),
        texts=documents,
        chmod=chmod,
        parents=instruction.flag("parents") == "true",
        exclude=instruction.every("exclude"),
        unpack=unpack == "true" if unpack else is_add,
        link=instruction.flag("link") == "true" and not chmod,
    )
    checksum = adding.checked(scope.text(state, instruction.flag("checksum") or ""), wish.sources)
    return _Reading(wish, scope.text(state, instruction.flag("chown") or ""), checksum, remote)


async def _copy(building: Building, state: StageState, instruction: Instruction) -> Step:
    reading = _read(state, instruction, building.scope)
    source = await building.source(instruction.flag("from") or "")
    return await _step("copy", state, reading, source, {})


async def _add(building: Building, state: StageState, instruction: Instruction) -> Step:
    reading = _read(state, instruction, building.scope)
    offline = building.offline
    found = {
        word: await adding.download(building.cache, word, reading.checksum, offline=offline) for word in reading.remote
    }
    # unlike a file of the context, one that is downloaded is unpacked only where that is asked for
    asked = instruction.flag("unpack") == "true"
    step = await _step("add", state, reading, building.inputs.context(), found, unpack_remote=asked)
    return replace(step, parts={**step.parts, "unpack": [reading.wish.unpack, asked]})


async def _step(
    kind: str, state: StageState, reading: _Reading, source: Source, remote: Mapping[str, adding.Remote], *,
    unpack_remote: bool = False,
) -> Step:  # fmt: skip
    """Files of the context count by their content; those of a stage by the key of the whole stage, so that nothing
    of it is read while the step is cached."""
    below = StageState((), "") if reading.wish.link else state
    wish = replace(reading.wish, owner=below.owner(reading.chown) if reading.chown else None)
    local = replace(wish, sources=tuple(word for word in wish.sources if word not in remote))
    parts: dict[str, Any] = {
        "kind": kind,
        "parent": state.key,
        "owner": wish.owner,
        "mode": wish.chmod,
        "exclude": list(wish.exclude),
        "instruction": [list(wish.sources), wish.target, wish.parents, wish.link, [list(text) for text in wish.texts]],
        "files": {word: found.digest for word, found in remote.items()},
    }
    if isinstance(source, LocalContext):
        parts["files"] |= await asyncio.to_thread(_digests, local, source)
    else:
        parts["what it copies"] = source.key
    tree = LayerTree(()) if wish.link else state.tree

    def work(root: Path) -> None:
        layer = WrittenLayer(root, tree)
        for word in wish.sources:
            if word in remote:
                Copier(layer, replace(wish, unpack=unpack_remote), source).copy(remote[word].selected)
                continue
            for selected in select(replace(wish, sources=(word,)), source):
                Copier(layer, wish, source).copy(selected)
        for name, text in wish.texts:
            Copier(layer, wish, source).text(name, text)
        layer.finish()

    async def make(root: Path, _: Path) -> None:
        await asyncio.to_thread(work, root)

    return Step(parts, make, _owners(wish))


def _digests(wish: Wish, source: LocalContext) -> dict[str, str]:
    return {entry.path or ".": source.digest(entry) for entry in described(wish, source)}


def _owners(wish: Wish) -> dict[str, Any]:
    """An ordinary user's files cannot have another owner: what was wanted is kept beside the layer."""
    return {"owners": {wish.target: list(wish.owner)}} if wish.owner else {}


async def copied(source: LocalContext) -> Step:
    """A whole directory as the layer that a stage begins from."""
    wish = Wish(("/",), "/")
    return await _step("context", StageState((), "scratch"), _Reading(wish, "", "", ()), source, {})
