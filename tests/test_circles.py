"""No circles of files: what one file needs of another, for types alone or inside a function too, goes one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import longshore

ROOT = Path(longshore.__file__).parent


def modules() -> dict[str, Path]:
    names = {path: path.relative_to(ROOT.parent).with_suffix("").parts for path in ROOT.rglob("*.py")}
    return {".".join(name[:-1] if name[-1] == "__init__" else name): path for path, name in names.items()}


def needs(path: Path, known: Mapping[str, Path]) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            whole = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else str(node.module) for name in whole.values()}
    return {name for name in found if name in known and known[name] != path}


def circles(graph: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """Groups of modules each of which reaches all others of its group."""
    reached = {name: reach(graph, name) for name in graph}
    done: set[str] = set()
    for name in graph:
        if name in reached[name] and name not in done:
            circle = {other for other in reached[name] if name in reached[other]}
            done |= circle
            yield circle


def reach(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        for name in graph[left.pop()] - found:
            found.add(name)
            left.append(name)
    return found


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str]()}
    assert list(circles(graph)) == [{"b", "c"}]


def test_no_file_needs_itself() -> None:
    known = modules()
    graph = {name: needs(path, known) for name, path in known.items()}
    assert graph["longshore.native.image.store.images"]
    assert not [sorted(circle) for circle in circles(graph)]
