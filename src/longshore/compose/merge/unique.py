"""Unicity: in a list whose items have a key (a variable's name, a volume's target, a port), the last one holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from longshore.compose.values import shortforms
from longshore.compose.values.problems import Problems
from longshore.compose.values.tree import At, Map, Path, Rules, Seq, place_of, rules, text_of

__all__ = ["enforce_unicity"]

Indexer = Callable[[Any], Any]
"""The (hashable) key of an item. Raises ValueError when it has none; an item of a wrong type is left to the schema."""


def enforce_unicity(tree: Map, problems: Problems) -> None:
    """Keep only the last of items with one key, at the place of the first, in all lists that have keys."""
    _walk(tree, UNIQUE, (), tree, problems)


def _walk(value: Any, node: Rules, path: Path, root: Map, problems: Problems) -> None:
    if isinstance(value, Seq):
        indexer = node.get(None)
        if indexer is not None and value:
            _reduce(value, indexer, path, root, problems)
    elif isinstance(value, Map):
        below = node.get("*")
        for key in value:
            child = node.get(key, below)
            if child is not None:
                _walk(value[key], child, (*path, key), root, problems)


def _reduce(items: Seq, indexer: Indexer, path: Path, root: Map, problems: Problems) -> None:
    known: dict[Hashable, int] = {}
    kept: list[Any] = []
    places: list[At] = []
    for position, (item, at) in enumerate(items.pairs()):
        try:
            key = indexer(item)
        except ValueError as error:
            where = (*path, position)
            problems.add(f"{text_of(where)}: {error}", place_of(root, where))
            continue
        if key in known:
            kept[known[key]], places[known[key]] = item, at
        else:
            known[key] = len(kept)
            kept.append(item)
            places.append(at)
    if len(kept) < len(items):
        items[:], items.at[:] = kept, places


def _name(item: Any) -> Any:
    """`A=1` and `A=2` are one."""
    return item.partition("=")[0] if isinstance(item, str) else id(item)


def _volume(item: Any) -> Any:
    if isinstance(item, str):
        return shortforms.volume(item).get("target", "")
    if isinstance(item, Map):
        if not isinstance(item.get("target"), str):
            raise ValueError("the volume has no target")
        return item["target"]
    return id(item)


def _device(item: Any) -> Any:
    if isinstance(item, str):
        parts = item.split(":")
        return parts[1] if len(parts) > 1 else parts[0]
    if isinstance(item, Map):
        if not isinstance(item.get("target"), str):
            raise ValueError("the device has no target")
        return item["target"]
    return id(item)


def _exposed(item: Any) -> Any:
    if isinstance(item, (str, int)) and not isinstance(item, bool):
        return str(item)
    raise ValueError("a port is a text or a number")


def _file_use(folder: str) -> Indexer:
    def indexer(item: Any) -> Any:
        if isinstance(item, Map):
            target = item.get("target")
            return target if isinstance(target, str) else f"{folder}/{item.get('source')}"
        return f"{folder}/{item}" if isinstance(item, str) else id(item)

    return indexer


def _port(item: Any) -> Any:
    if isinstance(item, Map):
        if "target" not in item:
            raise ValueError("the port has no target")
        published, target = item.get("published"), item["target"]
        address, protocol = item.get("host_ip", "0.0.0.0"), item.get("protocol", "tcp")
        return (str(address), type(published), str(published), type(target), str(target), str(protocol))
    return str(item)


def _env_file(item: Any) -> Any:
    if isinstance(item, Map):
        if not isinstance(item.get("path"), str):
            raise ValueError("the env_file has no path")
        return item["path"]
    return item if isinstance(item, str) else id(item)


_NAMED = (
    "annotations", "build.args", "build.additional_contexts", "build.tags", "build.labels", "cap_add", "cap_drop",
    "deploy.labels", "dns", "dns_opt", "dns_search", "environment", "labels", "links", "networks.*.aliases",
    "networks.*.link_local_ips", "profiles", "sysctls", "tmpfs",
)  # fmt: skip
UNIQUE: Rules = rules(
    {
        "networks.*.labels": _name,
        "networks.*.ipam.options": _name,
        **{f"services.*.{path}": _name for path in _NAMED},
        "services.*.devices": _device,
        "services.*.configs": _file_use(""),
        "services.*.env_file": _env_file,
        "services.*.expose": _exposed,
        "services.*.ports": _port,
        "services.*.secrets": _file_use("/run/secrets"),
        "services.*.volumes": _volume,
    }
)
