"""`include`: other Compose projects whose services and resources become part of this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from longshore.compose.read.context import Context, shown
from longshore.compose.read.envfiles import read_env_files
from longshore.compose.read.paths import join
from longshore.compose.values.tree import Map, Seq, place_of, text_of
from longshore.model.errors import Place, ShoreError

__all__ = ["apply_include"]

LoadModel = Callable[[Sequence[str], Context, Sequence[str]], Map]
"""Reads files, one over the other, into one model; the last argument is the chain of files that include it."""

MAX_CHAIN = 50
_KEYS = ("path", "project_directory", "env_file")
_RESOURCES = ("services", "volumes", "networks", "secrets", "configs", "models")


class _Include(NamedTuple):
    paths: list[str]
    project_directory: str
    env_files: list[str]
    place: Place | None


def apply_include(tree: Map, context: Context, chain: Sequence[str], load_model: LoadModel) -> None:
    """Read what `tree` includes into it, in place. `chain` are the files that led here, this one last."""
    if "include" not in tree:
        return
    for include in _entries(tree, context):
        if not include.paths:
            context.problems.warn("include names no path: nothing is included", include.place)
            continue
        model = _load(include, context, chain, load_model)
        for kind in _RESOURCES:
            _import(model, tree, kind, include.place)
    del tree["include"]
    tree.at.pop("include", None)


def _entries(tree: Map, context: Context) -> list[_Include]:
    value = tree["include"]
    if value is None:
        return []
    if not isinstance(value, Seq):
        place = place_of(tree, ("include",))
        raise ShoreError("include must be a list", place=place, hint="write - path/to/compose.yaml")
    entries = [_entry(item, place_of(tree, ("include", index)), index) for index, item in enumerate(value)]
    for index, item in enumerate(value):
        for key in item if isinstance(item, Map) else ():
            if key not in _KEYS:
                known = ", ".join(_KEYS)
                text = f"include.{index}.{key} is not known, and passed over as Docker Compose does; known are {known}"
                context.problems.warn(text, place_of(item, (key,), key=True))
    return entries


def _entry(item: Any, place: Place | None, index: int) -> _Include:
    if isinstance(item, str):
        return _Include([item], "", [], place)
    if not isinstance(item, Map):
        raise ShoreError(f"include.{index} must be a path or a mapping", place=place)
    directory = item.get("project_directory") or ""
    if not isinstance(directory, str):
        raise ShoreError(f"include.{index}.project_directory must be a path", place=place)
    return _Include(_texts(item, "path", index, place), directory, _texts(item, "env_file", index, place), place)


def _texts(item: Map, key: str, index: int, place: Place | None) -> list[str]:
    value = item.get(key)
    if value is None:
        return []
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise ShoreError(f"{text_of(('include', index, key))} must be a path or a list of paths", place=place)
    return list(texts)


def _load(include: _Include, context: Context, chain: Sequence[str], load_model: LoadModel) -> Map:
    paths = [context.find(path, include.place) for path in include.paths]
    if len(chain) > MAX_CHAIN:
        raise ShoreError(f"more than {MAX_CHAIN} files include one another", place=include.place)
    if paths[0] in chain:
        links = " → ".join(shown(path) for path in (*chain[list(chain).index(paths[0]) :], paths[0]))
        raise ShoreError(f"files include each other in a circle: {links}", place=include.place)
    working_dir, directory = _directories(include, paths[0], context)
    environment = dict(context.environment)
    files = _env_files(include, directory, context)
    for key, value in read_env_files(files, context.environment, context.problems, include.place).items():
        environment.setdefault(key, value)
    inner = context.but(
        working_dir=working_dir, base_dir=directory, environment=environment, resolve_paths=True, normalize=False
    )
    try:
        return load_model(paths, inner, chain)
    except ShoreError as error:
        error.place = error.place or include.place
        raise


def _directories(include: _Include, main: str, context: Context) -> tuple[str, str]:
    """What relative paths of the included files start from (as printed), and the absolute folder."""
    wanted = include.project_directory
    if not wanted:
        return context.folder(main), os.path.dirname(main)
    if os.path.isabs(wanted):
        return wanted, wanted
    return context.folder(wanted), join(context.working_dir, wanted)


def _env_files(include: _Include, directory: str, context: Context) -> list[str]:
    if not include.env_files:
        default = join(directory, ".env")
        return [default] if os.path.exists(default) and not os.path.isdir(default) else []
    return [file if os.path.isabs(file) else join(context.working_dir, file) for file in include.env_files]


def _import(source: Map, target: Map, kind: str, place: Place | None) -> None:
    added = source.get(kind)
    if added is None:
        return
    if not isinstance(target.get(kind), Map):
        target[kind] = Map()
    known: Map = target[kind]
    for name in added:
        if name not in known:
            known.take(name, added)
        elif known[name] != added[name]:
            here = place_of(known, (name,), key=True)
            there = place_of(added, (name,), key=True)
            raise ShoreError(
                f"{kind}.{name} is also defined in the included file{f' {there}' if there else ''}",
                place=here or place,
                hint="rename one of the two, or change the included one in an override file listed under its path",
            )
