"""The schema: every value checked against the table of attributes, all mistakes collected with their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from longshore.compose.values.gotext import sprint
from longshore.compose.values.problems import Problems, shorten
from longshore.compose.values.scalars import Timestamp
from longshore.compose.values.tree import Map, Path, Seq, place_of, text_of
from longshore.model.nearest import nearest
from longshore.model.support import ATTRIBUTES, Attribute

__all__ = ["check_schema"]

Test = Callable[[Any], bool]


def check_schema(tree: Map, problems: Problems) -> None:
    """Collect everything in `tree` that the Specification does not allow."""
    _Checker(tree, problems).mapping(tree, _root(), ())


class _Node:
    """One attribute of the table, with those below it; `pattern` is for its texts, `key_pattern` for its keys."""

    __slots__ = ("any", "children", "key_pattern", "kinds", "pattern", "row")

    def __init__(self, row: Attribute) -> None:
        self.row = row
        self.children: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.kinds = _alternatives(row.kind)
        self.pattern, self.key_pattern = re.compile(row.pattern), re.compile("")
        if "mapping" in self.kinds:
            self.pattern, self.key_pattern = self.key_pattern, self.pattern

    def takes(self, value: Any) -> bool:
        """Whether a value is of one of its kinds."""
        for kind in self.kinds:
            scalar = _SCALARS.get(kind)
            if scalar(value) if scalar else _FORMS[kind][0](value):
                return True
        return False


@cache
def _root() -> _Node:
    root = _Node(Attribute("", "mapping", "the file"))
    for row in ATTRIBUTES:
        node = root
        for part in row.path.split(".")[:-1]:
            found = node.any if part == "*" else node.children[part]
            assert found is not None, row.path
            node = found
        name = row.path.rpartition(".")[2]
        if name == "*":
            node.any = _Node(row)
        else:
            node.children[name] = _Node(row)
    return root


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and type(value) is not Timestamp


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and float(value).is_integer()


def _is_scalar(value: Any) -> bool:
    return _is_text(value) or _is_number(value) or isinstance(value, bool)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _nothing(value: Any) -> bool:
    return value is None


_SCALARS: dict[str, Test] = {
    "text": _is_text,
    "duration": _is_text,
    "number": _is_number,
    "whole number": _is_whole,
    "whole number only": _is_whole,
    "boolean": _is_boolean,
    "true or false": _is_boolean,
    "nothing": _nothing,
}


def _list_of(*tests: Test, unique: bool = False) -> Test:
    def test(value: Any) -> bool:
        return (
            isinstance(value, Seq)
            and all(any(t(i) for t in tests) for i in value)
            and not (unique and _repeated(value))
        )

    return test


def _repeated(items: Iterable[Any]) -> Any:
    """The first item that is there twice, in a list of one; nothing when all differ."""
    seen: list[Any] = []
    known: set[Any] = set()
    for item in items:
        if isinstance(item, (Map, Seq)):
            if any(_same(item, before) for before in seen):
                return [item]
            seen.append(item)
        else:
            key = (isinstance(item, bool), item)
            if key in known or (_is_number(item) and (False, sprint(item)) in known):
                return [item]
            known.add(key)
    return []


def _same(item: Any, before: Any) -> bool:
    """Equal as Compose's schema compares: a number is also the text before it that has its digits."""
    if isinstance(item, Map):
        keys = isinstance(before, Map) and item.keys() == before.keys()
        return keys and all(_same(item[key], before[key]) for key in item)
    if isinstance(item, Seq):
        return isinstance(before, Seq) and len(item) == len(before) and all(map(_same, item, before))
    if _is_number(item) and isinstance(before, str):
        return sprint(item) == before
    return type(item) is type(before) and bool(item == before)


def _by_name(*tests: Test) -> Test:
    return lambda value: isinstance(value, Map) and all(any(t(i) for t in tests) for i in value.values())


_texts = _list_of(_is_text, unique=True)
_any_texts = _list_of(_is_text)
_values = _by_name(_is_scalar, _nothing)
_addresses = _by_name(_is_text, _any_texts)


def _is_command(value: Any) -> bool:
    return value is None or _is_text(value) or _any_texts(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, Seq)


def _is_unique(value: Any) -> bool:
    return isinstance(value, Seq) and not _repeated(value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Map)


def _are_pairs(value: Any) -> bool:
    return _values(value) or _texts(value)


def _are_hosts(value: Any) -> bool:
    return _addresses(value) or _texts(value)


_FORMS: dict[str, tuple[Test, str]] = {
    "command": (_is_command, "a text or a list of texts"),
    "texts": (_texts, "a list of texts"),
    "list of text": (_any_texts, "a list of texts"),
    "unique list of text": (_texts, "a list of texts"),
    "unique list of text/number": (_list_of(_is_text, _is_number, unique=True), "a list of texts or numbers"),
    "unique list": (_is_unique, "a list"),
    "list": (_is_list, "a list"),
    "mapping": (_is_mapping, "a mapping"),
    "pairs": (_are_pairs, "a mapping of names to values, or a list of NAME=value"),
    "options": (_by_name(_is_text, _is_number), "a mapping of names to texts or numbers"),
    "options or nothing": (_by_name(_is_text, _is_number, _nothing), "a mapping of names to texts or numbers"),
    "texts by name": (_by_name(_is_text), "a mapping of names to texts"),
    "hosts": (_are_hosts, "a mapping of names to addresses, or a list of name=address"),
    "list of text, number or boolean": (_list_of(_is_scalar), "a list"),
}
_WORDS = {
    "text": "a text", "duration": "a duration, such as 30s or 1m30s", "number": "a number",
    "whole number": "a whole number", "whole number only": "a whole number", "boolean": "true or false",
    "true or false": "true or false", "nothing": "nothing",
}  # fmt: skip


def _alternatives(kind: str) -> list[str]:
    """The alternatives of a kind; the "/" inside "unique list of text/number" belongs to the form."""
    return [kind] if kind in _FORMS else kind.split("/")


class _Checker:
    def __init__(self, root: Map, problems: Problems) -> None:
        self.root = root
        self.problems = problems

    def fault(self, path: Path, what: str, hint: str = "", *, key: bool = False) -> None:
        self.problems.add(f"{text_of(path)}: {what}", place_of(self.root, path, key=key), hint)

    def value(self, value: Any, node: _Node, path: Path) -> None:
        if not node.takes(value):
            self.mismatch(value, node, path)
        elif isinstance(value, Map):
            if "mapping" in node.kinds:
                self.mapping(value, node, path)
        elif isinstance(value, Seq):
            if node.any is not None and node.row.kind != "texts/mapping":
                for index, item in enumerate(value):
                    self.value(item, node.any, (*path, index))
        else:
            self.scalar(value, node, path)

    def mapping(self, value: Map, node: _Node, path: Path) -> None:
        row = node.row
        for key, item in value.items():
            child = node.children.get(key)
            if child is not None:
                self.value(item, child, (*path, key))
            elif node.any is not None and node.key_pattern.search(key):
                self.value(item, node.any, (*path, key))
            elif not row.open and not (key.startswith("x-") and not row.closed):
                self.unknown(key, node, path)
        for key in row.required:
            if key not in value:
                self.fault(path, f"{key} is missing")

    def unknown(self, key: str, node: _Node, path: Path) -> None:
        where = (*path, key)
        if node.any is not None:
            self.fault(where, f'"{key}" is not a name', "a name has letters, digits, . - and _", key=True)
            return
        near = nearest(key, node.children)
        hint = f"did you mean {near}?" if near else _elsewhere(key, node)
        self.fault(where, "not known here", hint, key=True)

    def mismatch(self, value: Any, node: _Node, path: Path) -> None:
        expected = " or ".join(dict.fromkeys(_WORDS.get(kind) or _FORMS[kind][1] for kind in node.kinds))
        wrong = _wrong_item(value, node)
        if wrong is not None:
            key, found = wrong
            what = f"{_shown(found)} cannot stand here: {text_of(path)} is {expected}"
            self.fault((*path, key), what, _hint(found, "text"))
        elif isinstance(value, Seq) and node.takes(Seq()):
            self.fault(path, f"{_shown(_repeated(value)[0])} is there twice", "remove one of the two")
        else:
            self.fault(path, f"must be {expected}, not {_shown(value)}", _hint(value, node.row.kind))

    def scalar(self, value: Any, node: _Node, path: Path) -> None:
        row = node.row
        if isinstance(value, str):
            if row.values and value not in row.values:
                near = nearest(value, row.values)
                hint = f"one of {', '.join(row.values)}" + (f"; did you mean {near}?" if near else "")
                self.fault(path, f'"{shorten(value)}" is not a {path[-1]}', hint)
            elif not node.pattern.search(value):
                self.fault(path, f'"{shorten(value)}" is not a {path[-1]}')
        elif _is_number(value):
            if row.minimum is not None and value < row.minimum:
                self.fault(path, f"{sprint(value)} is less than {row.minimum}")
            elif row.maximum is not None and value > row.maximum:
                self.fault(path, f"{sprint(value)} is more than {row.maximum}")


def _wrong_item(value: Any, node: _Node) -> tuple[str | int, Any] | None:
    """The first item that makes a list or a mapping of simple values wrong: which alone is wrong, too."""
    if isinstance(value, Seq) and node.takes(Seq()):
        return next(((index, item) for index, item in enumerate(value) if not node.takes(Seq([item]))), None)
    if isinstance(value, Map) and node.takes(Map()):
        return next(((key, item) for key, item in value.items() if not node.takes(Map({key: item}))), None)
    return None


def _elsewhere(key: str, node: _Node) -> str:
    """Where `key` is known, when it is not known here: the commonest mistake is a wrong indentation."""
    below = [name for name, child in node.children.items() if key in child.children]
    if below:
        return f"it belongs under {below[0]}: look at the indentation"
    service = _root().children["services"].any
    assert service is not None
    if key in service.children:
        return "it belongs to a service: look at the indentation"
    if key in _root().children:
        return "it belongs to the top level: look at the indentation"
    return "names of your own start with x-"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Map):
        return "a mapping"
    if isinstance(value, Seq):
        return "a list"
    if type(value) is Timestamp:
        return f"the date {value}"
    return f'"{shorten(value)}"' if isinstance(value, str) else shorten(sprint(value))


def _hint(value: Any, kind: str) -> str:
    """How to write `value`, given as something else, as a `kind`."""
    if value is None:
        return "give it a value, or remove the key"
    if isinstance(value, (Map, Seq)):
        return "names are keys: write name: instead of - name" if kind == "mapping" and isinstance(value, Seq) else ""
    text = sprint(value)
    if kind == "duration" and _is_number(value):
        return f"write {text}s, if it is seconds"
    if "text" in kind.split("/") or kind in ("texts", "command"):
        return f'quote it: "{text}"'
    return f"write it as a list: [{text}]" if "list" in kind else ""
