"""`extends`: a service that starts from another one, of this file or of another file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from longshore.compose.merge.merge import merge_service
from longshore.compose.merge.reset import apply_resets
from longshore.compose.read.context import Context, shown
from longshore.compose.read.paths import resolve_paths
from longshore.compose.values.tree import Map, Path, clone, place_of
from longshore.model.errors import Place, ShoreError
from longshore.model.nearest import nearest

__all__ = ["apply_extends"]

LoadFile = Callable[[str, Context], tuple[Map, Sequence[Path]]]
"""Reads one file on its own, without validation; gives its tree and the paths of its resets."""

Link = tuple[str, str]
MAX_CHAIN = 200


class _Extends(NamedTuple):
    """The services of one file, with the resets that hold for them."""

    services: Map
    resets: Sequence[Path]
    file: str


def apply_extends(tree: Map, resets: Sequence[Path], context: Context, file: str, load_file: LoadFile) -> None:
    """Replace every service of `tree` that extends another by the merge of both, in place."""
    if "services" not in tree:
        return
    services = tree["services"]
    if not isinstance(services, Map):
        place, hint = place_of(tree, ("services",)), "names are keys: write name: instead of - name"
        raise ShoreError("services must be a mapping", place=place, hint=hint)
    here = _Extends(services, resets, file)
    for name in tuple(services):
        merged = _resolve(name, here, context, (), load_file)
        if merged is not services[name]:
            services[name] = merged


def _resolve(name: str, here: _Extends, context: Context, chain: tuple[Link, ...], load_file: LoadFile) -> Map | None:
    service = here.services[name]
    place = place_of(here.services, (name,))
    if service is None:
        return None
    if not isinstance(service, Map):
        raise ShoreError(f"services.{name} must be a mapping", place=place, hint="indent its attributes below it")
    if "extends" not in service:
        return service
    place = place_of(here.services, (name, "extends"))
    base_name, base_file = _reference(name, service["extends"], place)
    there = (
        _Extends(here.services, (), here.file)
        if base_file is None
        else _other_file(base_file, context, place, load_file)
    )
    if base_name not in there.services:
        near = nearest(base_name, there.services)
        where = f" in {shown(there.file)}" if base_file else ""
        raise ShoreError(
            f'services.{name}.extends: there is no service "{base_name}"{where}',
            place=place,
            hint=f"did you mean {near}?" if near else "",
        )
    chain = _follow(chain, (here.file, name), place)
    base = _resolve(base_name, there, context, chain, load_file)
    if base is None:
        return service
    source = clone(base)
    apply_resets(Map({"services": Map({name: source})}), here.resets)
    merged = merge_service(source, service)
    merged.pop("extends", None)
    here.services[name] = merged
    return merged


def _reference(name: str, extends: object, place: Place | None) -> tuple[str, str | None]:
    if isinstance(extends, str):
        return extends, None
    if isinstance(extends, Map) and isinstance(extends.get("service"), str):
        file = extends.get("file")
        if file is None or isinstance(file, str):
            return extends["service"], file
        raise ShoreError(f"services.{name}.extends.file must be a path", place=place)
    raise ShoreError(f"services.{name}.extends.service is required", place=place, hint="name the service to start from")


def _other_file(path: str, context: Context, place: Place | None, load_file: LoadFile) -> _Extends:
    local = context.find(path, place)
    folder = context.folder(path)
    inner = context.but(
        base_dir=os.path.dirname(local), working_dir=folder, resolve_paths=False, normalize=False, include=False,
        extend=False, validate=False, defaults=False,
    )  # fmt: skip
    try:
        tree, resets = load_file(local, inner)
    except ShoreError as error:
        error.place = error.place or place
        raise
    services = tree.get("services")
    if not isinstance(services, Map):
        raise ShoreError(f"{shown(local)}, which is extended here, has no services", place=place)
    resolve_paths(tree, folder, context.problems)
    return _Extends(services, resets, local)


def _follow(chain: tuple[Link, ...], link: Link, place: Place | None) -> tuple[Link, ...]:
    if len(chain) > MAX_CHAIN:
        raise ShoreError(f"more than {MAX_CHAIN} services extend one another", place=place)
    if link in chain:
        names = " → ".join(f"{name} ({shown(file)})" for file, name in (*chain[chain.index(link) :], link))
        raise ShoreError(f"services extend each other in a circle: {names}", place=place, hint="remove one extends")
    return (*chain, link)
