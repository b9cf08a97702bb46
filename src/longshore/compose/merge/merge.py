"""Merging two files, or a service over the one it extends: deep, with Compose's exceptions by path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longshore.compose.values.gotext import sprint
from longshore.compose.values.tree import At, Map, Path, Rules, Seq, place_of, rules, text_of
from longshore.model.errors import ShoreError

__all__ = ["merge", "merge_service"]

Merger = Callable[[Any, Any, Path], Any]

_NO_RULES: Rules = {}


def merge(base: Map, over: Map) -> Map:
    """`base` with `over` merged into it (in place). Raises ShoreError where a value is of another kind."""
    merged: Map = _merge(base, over, MERGERS, ())
    return merged


def merge_service(base: Map, over: Map) -> Map:
    """The service `over` merged over `base`, which it extends."""
    merged: Map = _merge(base, over, MERGERS["services"]["*"], ("services", "*"))
    return merged


def _merge(base: Any, over: Any, node: Rules, path: Path) -> Any:
    special: Merger | None = node.get(None)
    if special is not None:
        return special(base, over, path)
    if over is None:
        return base
    if isinstance(base, Map):
        if not isinstance(over, Map):
            raise _mismatch(path, "a mapping", over)
        return _merge_mappings(base, over, node, path)
    if isinstance(base, Seq):
        if not isinstance(over, Seq):
            raise _mismatch(path, "a list", over)
        base.join(over)
        return base
    return over


def _merge_mappings(base: Map, over: Map, node: Rules, path: Path) -> Map:
    any_key: Rules = node.get("*", _NO_RULES)
    for key, value in over.items():
        if key not in base:
            base.take(key, over)
            continue
        old = base[key]
        try:
            new = _merge(old, value, node.get(key, any_key), (*path, key))
        except ShoreError as error:
            error.place = error.place or place_of(over, (key,))
            raise
        base[key] = new
        if new is not old and (at := over.at.get(key)):
            base.at[key] = at
    return base


def _mismatch(path: Path, expected: str, found: Any) -> ShoreError:
    kind = "a list" if isinstance(found, Seq) else "a mapping" if isinstance(found, Map) else f'"{sprint(found)}"'
    return ShoreError(
        f"{text_of(path)}: cannot override {expected} with {kind}",
        hint="write it in the same form as in the other file, or replace it with the tag !override",
    )


def _override(_: Any, over: Any, __: Path) -> Any:
    return over


def _to_sequence(base: Any, over: Any, _: Path) -> Any:
    made = _sequence(base)
    made.join(_sequence(over))
    return made


def _sequence(value: Any) -> Seq:
    """A mapping as a sorted sequence of key=value; a text as a sequence of one."""
    if isinstance(value, Seq):
        return value
    made = Seq()
    if isinstance(value, str):
        made.add(value)
    if isinstance(value, Map):
        for text, at in sorted(_pairs(value), key=lambda pair: pair[0]):
            made.add(text, at)
    return made


def _pairs(value: Map) -> list[tuple[str, At]]:
    pairs: list[tuple[str, At]] = []
    for key, item in value.items():
        at = value.at.get(key, (None, None))
        if item is None:
            pairs.append((key, at))
        elif isinstance(item, Seq):
            pairs += [(f"{key}={sprint(one)}", at) for one in item]
        else:
            pairs.append((f"{key}={sprint(item)}", at))
    return pairs


def _mapping(value: Any, default: dict[str, Any] | None = None) -> Map:
    """A sequence of names as a mapping from each to nothing, or to a copy of `default`."""
    if isinstance(value, Map):
        return value
    made = Map()
    if isinstance(value, Seq):
        for name, at in value.pairs():
            made[str(name)] = None if default is None else Map(default)
            made.at[str(name)] = at
    return made


def _merge_build(base: Any, over: Any, path: Path) -> Any:
    return _merge_mappings(_build(base), _build(over), MERGERS["services"]["*"]["build"], path)


def _build(value: Any) -> Map:
    return Map({"context": value}) if isinstance(value, str) else _mapping(value)


def _merge_depends_on(base: Any, over: Any, path: Path) -> Any:
    started = {"condition": "service_started", "required": True}
    return _merge_mappings(_mapping(base, started), _mapping(over, started), _NO_RULES, path)


def _merge_names(base: Any, over: Any, path: Path) -> Any:
    return _merge_mappings(_mapping(base), _mapping(over), _NO_RULES, path)


def _merge_logging(base: Any, over: Any, path: Path) -> Any:
    """Options are merged only where both have the same driver, or one names none."""
    base, over = _mapping(base), _mapping(over)
    if "driver" not in base or "driver" not in over or base["driver"] == over["driver"]:
        return _merge_mappings(base, over, _NO_RULES, path)
    return over


def _merge_extra_hosts(base: Any, over: Any, _: Path) -> Any:
    made, added = _sequence(base), _sequence(over)
    known = list(made)
    for item, at in added.pairs():
        if item not in known:
            made.add(item, at)
    return made


def _merge_ipam(base: Any, over: Any, path: Path) -> Any:
    if not isinstance(base, Seq) or not isinstance(over, Seq):
        raise _mismatch(path, "a list", over)
    pools = Seq()
    for original, at in base.pairs():
        for changed, over_at in over.pairs():
            left, right = _mapping(changed), _mapping(original)
            if left.get("subnet") != right.get("subnet") and not _has_subnet(pools, left):
                pools.add(left, over_at)
                continue
            merged = _merge_mappings(right, left, _NO_RULES, path)
            _put_pool(pools, merged, at)
    return pools


def _has_subnet(pools: Seq, pool: Map) -> bool:
    return any(p.get("subnet") == pool.get("subnet") for p in pools)


def _put_pool(pools: Seq, pool: Map, at: At) -> None:
    for index, known in enumerate(pools):
        if known.get("subnet") == pool.get("subnet"):
            pools[index] = pool
            return
    pools.add(pool, at)


MERGERS: Rules = rules(
    {
        "networks.*.ipam.config": _merge_ipam,
        "networks.*.labels": _to_sequence,
        "volumes.*.labels": _to_sequence,
        "services.*.annotations": _to_sequence,
        "services.*.build": _merge_build,
        "services.*.build.args": _to_sequence,
        "services.*.build.additional_contexts": _to_sequence,
        "services.*.build.extra_hosts": _merge_extra_hosts,
        "services.*.build.labels": _to_sequence,
        "services.*.command": _override,
        "services.*.depends_on": _merge_depends_on,
        "services.*.deploy.labels": _to_sequence,
        "services.*.dns": _to_sequence,
        "services.*.dns_opt": _to_sequence,
        "services.*.dns_search": _to_sequence,
        "services.*.entrypoint": _override,
        "services.*.env_file": _to_sequence,
        "services.*.label_file": _to_sequence,
        "services.*.environment": _to_sequence,
        "services.*.extra_hosts": _merge_extra_hosts,
        "services.*.healthcheck.test": _override,
        "services.*.labels": _to_sequence,
        "services.*.volumes.*.volume.labels": _to_sequence,
        "services.*.logging": _merge_logging,
        "services.*.models": _merge_names,
        "services.*.networks": _merge_names,
        "services.*.sysctls": _to_sequence,
        "services.*.tmpfs": _to_sequence,
        "services.*.ulimits.*": _override,
    }
)
