"""Checks of single values that the schema cannot express."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from longshore.compose.values.problems import Problems
from longshore.compose.values.shortforms import is_ip_address
from longshore.compose.values.tree import Map, Path, Rules, Seq, place_of, rules, text_of

__all__ = ["check_values"]

Check = Callable[[Any], Iterator[tuple[str, str, str]]]
"""Yields what is wrong: the key it is about ("" for the value itself), the words, and a hint."""


def check_values(tree: Map, problems: Problems) -> None:
    """Collect what is wrong with single values of a canonical model."""
    _walk(tree, CHECKS, (), tree, problems)


def _walk(value: Any, node: Rules, path: Path, root: Map, problems: Problems) -> None:
    check: Check | None = node.get(None)
    if check is not None:
        for key, what, hint in check(value):
            where = (*path, key) if key else path
            problems.add(f"{text_of(where)}: {what}", place_of(root, where), hint)
        return
    below = node.get("*")
    if isinstance(value, Map):
        for key in value:
            child = node.get(key, below)
            if child is not None:
                _walk(value[key], child, (*path, key), root, problems)
    elif isinstance(value, Seq) and below:
        for index, item in enumerate(value):
            _walk(item, below, (*path, index), root, problems)


def _file_object(*sources: str) -> Check:
    def check(value: Any) -> Iterator[tuple[str, str, str]]:
        if not isinstance(value, Map):
            yield "", "must be a mapping", f"write {sources[0]}: and a path"
            return
        given = [key for key in sources if key in value]
        if len(given) > 1:
            yield given[1], f"there is also {given[0]}", "keep one of the two"
        if not given and "driver" not in value and "external" not in value:
            yield "", f"one of {', '.join(sources)} must be set", "or external: true, when it exists already"

    return check


def _volume(value: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, Map) and value.get("external") is True:
        for key in value:
            if key not in ("name", "external") and not key.startswith("x-"):
                yield key, "an external volume is made elsewhere, so it cannot be set here", f"remove {key} or external"


def _port(value: Any) -> Iterator[tuple[str, str, str]]:
    address = value.get("host_ip") if isinstance(value, Map) else None
    if address is not None and not (isinstance(address, str) and is_ip_address(address)):
        yield "host_ip", f'"{address}" is not an IP address', "write 127.0.0.1 for this machine only"


def _watch_path(value: Any) -> Iterator[tuple[str, str, str]]:
    if value == "":
        yield "", "the path is empty", ""


def _device(value: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, Map) and "count" in value and "device_ids" in value:
        yield "device_ids", "there is also count", "keep one of the two"


CHECKS: Rules = rules(
    {
        "volumes.*": _volume,
        "configs.*": _file_object("file", "environment", "content"),
        "secrets.*": _file_object("file", "environment"),
        "services.*.ports.*": _port,
        "services.*.develop.watch.*.path": _watch_path,
        "services.*.deploy.resources.reservations.devices.*": _device,
        "services.*.gpus.*": _device,
    }
)
