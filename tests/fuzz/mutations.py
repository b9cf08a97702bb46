"""Compose files made worse: small random changes to files that are right."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from longshore.compose.read.yaml import parse
from longshore.model.errors import ShoreError

__all__ = ["mutated", "seeds"]

TESTS = Path(__file__).resolve().parents[1]
SHARED = TESTS.parents[1] / "shared/conformance/tree"

# fmt: off
TOKENS = (
    "&a", "*a", "<<: *a", "!reset", "!override", "!!str", "!!int x", "!foo", "${", "}", "${A:-", "${A:?x}", "$", "$$",
    ":", ": ", "-", "- ", "[", "]", "{", "}", "'", '"', "|", ">", "#", " #", "%", "@", "`", "?", ",", "\t", "\x00",
    "\x01", "\ufeff", "\u2028", "\x85", "é", "😀", "---\n", "...\n", "~", "null", "true", "yes", "0", "-1", "1e999",
    ".inf", ".nan", "0x", "010", "99999999999999999999", "2001-12-14", "5s", "5x", "1gb", "80:80", "1-65535", "x-a",
    "service:a", "/", "./", "~/", "../..", "services", "extends", "include", "volumes", "ports", "environment",
    "depends_on", "env_file", "build", "deploy", "[]", "{}", '""', "\n", "\n  ", "\r\n", "  ", "*", "a: b",
    "[a, [b], {c: d}]", "{a: {b: c}}", "[~]", "{a: }", "1.5", "-0.0", "0440",
)
# fmt: on


def seeds() -> list[str]:
    """The texts to start from: our own cases and systems, and the shared ones where they are."""
    folders = [TESTS / "conformance/golden", TESTS / "fixtures/systems", SHARED]
    files = [file for folder in folders for file in sorted(folder.rglob("*.y*ml"))]
    texts = [file.read_text(errors="replace") for file in files if file.name != "config.yaml"]
    return [text for text in texts if "services" in text and len(text) < 20_000]


def mutated(text: str, other: str, choice: random.Random) -> str:
    """`text` after one to four changes, mostly one, of its letters or of its tree; some take a piece of `other`."""
    if choice.random() < 0.6 and (tree := _tree(text)) is not None:
        for _ in range(choice.choice((1, 1, 2, 3))):
            _change(tree, _tree(other), choice)
        return json.dumps(tree)
    for _ in range(choice.choice((1, 1, 1, 2, 3, 4))):
        text = choice.choice(MUTATIONS)(text, other, choice)
    return text


VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e400, 1 << 70, "", "a", "a:b", "a=b", "80:80", "5s", "1gb", "service:web", "${A}",
    "${B:-x}", "${", "$", "./x", "~", "/x", [], ["a"], ["a", "a"], [None], [1], [[]], [{}], ["a=b"], {}, {"a": "b"},
    {"a": None}, {"a": {}}, {"a": []}, {"x-a": 1}, {"": 1}, "x" * 300, "\u2028", "\x7f", "0440", "2001-12-14",
    {"$A": "$A"},
)  # fmt: skip


def _tree(text: str) -> Any:
    """The first document as plain values; None when it is none."""
    try:
        document = next(parse(text.encode(), "seed"), None)
    except ShoreError:
        return None
    return _copy(document.tree) if document and document.tree else None


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _change(tree: Any, other: Any, choice: random.Random) -> None:
    """One value replaced, moved, renamed, doubled or taken away."""
    places = list(_places(tree))
    if not places:
        return
    parent, key = choice.choice(places)
    kind = choice.random()
    if kind < 0.45:
        parent[key] = _copy(choice.choice(VALUES))
    elif kind < 0.6:
        source, name = choice.choice(list(_places(other)) or places)
        parent[key] = _copy(source[name])
    elif kind < 0.75 and isinstance(parent, dict):
        _, name = choice.choice(places)
        parent[str(name)] = parent.pop(key)
    elif kind < 0.85 and isinstance(parent, list):
        parent.append(_copy(parent[key]))
    elif kind < 0.9:
        del parent[key]
    else:
        source, name = choice.choice(places)
        parent[key], source[name] = _copy(source[name]), _copy(parent[key])


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from _places(tree[key])


def _insert(text: str, _: str, choice: random.Random) -> str:
    at = choice.randint(0, len(text))
    return text[:at] + choice.choice(TOKENS) + text[at:]


def _delete(text: str, _: str, choice: random.Random) -> str:
    at = choice.randint(0, len(text))
    return text[:at] + text[at + choice.choice((1, 1, 2, 5, 50)) :]


def _lines(
    change: Callable[[list[str], Sequence[str], random.Random], None],
) -> Callable[[str, str, random.Random], str]:
    def mutation(text: str, other: str, choice: random.Random) -> str:
        lines = text.split("\n")
        change(lines, other.split("\n"), choice)
        return "\n".join(lines)

    return mutation


def _drop_line(lines: list[str], _: Sequence[str], choice: random.Random) -> None:
    del lines[choice.randrange(len(lines))]


def _repeat_lines(lines: list[str], _: Sequence[str], choice: random.Random) -> None:
    at = choice.randrange(len(lines))
    lines[at:at] = lines[at : at + choice.randint(1, 4)] * choice.choice((1, 2, 30))


def _indent(lines: list[str], _: Sequence[str], choice: random.Random) -> None:
    at = choice.randrange(len(lines))
    lines[at] = choice.choice(("  ", " ", "\t", "      ")) + lines[at] if choice.random() < 0.5 else lines[at][2:]


def _foreign_lines(lines: list[str], other: Sequence[str], choice: random.Random) -> None:
    start = choice.randrange(len(other))
    at = choice.randrange(len(lines) + 1)
    lines[at:at] = other[start : start + choice.randint(1, 5)]


def _new_value(lines: list[str], _: Sequence[str], choice: random.Random) -> None:
    at = choice.randrange(len(lines))
    key, colon, _value = lines[at].partition(": ")
    lines[at] = f"{key}: {choice.choice(TOKENS)}" if colon else f"{lines[at]} {choice.choice(TOKENS)}"


def _truncate(text: str, _: str, choice: random.Random) -> str:
    return text[: choice.randint(0, len(text))]


MUTATIONS: tuple[Callable[[str, str, random.Random], str], ...] = (
    _insert, _insert, _delete, _lines(_drop_line), _lines(_repeat_lines), _lines(_indent), _lines(_foreign_lines),
    _lines(_new_value), _lines(_new_value), _lines(_new_value), _truncate,
)  # fmt: skip
