"""YAML files into trees: libyaml's events, composed here so that every value keeps its place, `!reset` and
`!override` leave their paths, and a file made to harm is refused early."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from longshore.compose.values.scalars import HINTS, resolve
from longshore.compose.values.tree import At, Map, Mark, Path, Seq, text_of
from longshore.model.errors import Place, ShoreError

__all__ = ["Document", "parse"]

MAX_DEPTH = 128
MAX_COPIES = 200_000
MAX_EVENTS = 600_000
"""Keys, values, beginnings and ends of one document: enough for ten thousand services."""
_LONG_TAG = "tag:yaml.org,2002:"
_RESET = object()


class Document(NamedTuple):
    """One YAML document: its tree, and the paths that `!reset` and `!override` mark."""

    tree: Any
    resets: list[Path]


class _Source(io.BytesIO):
    """Bytes with a name, which libyaml puts into its marks."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


def parse(content: bytes, name: str) -> Iterator[Document]:
    """The documents of a file one by one; raises ShoreError where it is not YAML, or harmful."""
    parser = CParser(_Source(content, name))
    anchors: dict[str, tuple[Any, Path]] = {}
    try:
        parser.get_event()
        while not isinstance(parser.peek_event(), StreamEndEvent):
            parser.get_event()
            yield _Composer(parser, name, anchors).document()
    except YAMLError as error:
        raise _as_shore_error(error, name, content) from None


def _as_shore_error(error: YAMLError, name: str, content: bytes) -> ShoreError:
    if not isinstance(error, MarkedYAMLError):
        return _unreadable(error, name, content)
    mark = error.problem_mark or error.context_mark
    place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
    what = error.problem or "not YAML"
    if error.context:
        what = f"{what} ({error.context})"
    return ShoreError(what, place=place, hint=_hint(what, content, place))


def _hint(what: str, content: bytes, place: Place) -> str:
    lines = content.splitlines()
    line = lines[place.line - 1].decode("utf-8", "replace") if 0 < place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or ("cannot start any token" in what and "\t" in line):
        return "YAML is indented with spaces, never with tabs"
    return next((hint for sign, hint in _HINTS if sign in what), _LAST_HINT)


_HINTS = (
    ("mapping values are not allowed",
     "look at the indentation of this line and of the one above; quote a value that contains ': '"),
    ("could not find expected ':'", "a key needs ': ' and a value after it"),
    ("',' or ']'", "close the list with ], and part its items with commas"),
    ("',' or '}'", "close the mapping with }, and part its items with commas"),
    ("hexdecimal", "inside double quotes a backslash is written twice; or use single quotes"),
    ("unknown escape", "inside double quotes a backslash is written twice; or use single quotes"),
    ("quoted scalar", "close the quotes"),
    ("block scalar", "begin the text in the line below | or >"),
    ("directive", "leave the line out, or quote a value that begins with %"),
    ("incompatible YAML", "leave the line out"),
    ("scanning an alias", "quote a value that begins with *"),
    ("scanning an anchor", "quote a value that begins with &"),
    ("scanning a tag", "quote a value that begins with !"),
    ("tag handle", "quote a value that begins with !"),
    ("cannot start any token", "quote a value that begins with @, ` or %"),
    ("'-' indicator", "begin each item of the list with '- ', all in one column"),
    ("block sequence entries are not allowed", "begin the list on a line of its own, each item with '- '"),
    ("expected key", "begin the keys of one mapping in one column, with nothing after a closing quote or bracket"),
)  # fmt: skip
"""What libyaml says, and what to do about it; the first that fits."""

_LAST_HINT = "look at the indentation, quotes and brackets of this line and of the one above"


def _unreadable(error: YAMLError, name: str, content: bytes) -> ShoreError:
    position = getattr(error, "position", None)
    place = Place(name)
    if isinstance(position, int):
        before = content[:position]
        place = Place(name, before.count(b"\n") + 1, position - before.rfind(b"\n"))
    if b"\x00" in content:
        return ShoreError("the file contains NUL bytes: it is not text", place=place, hint="is this the right file?")
    if "control characters" in str(error):
        return ShoreError("the file contains control characters", place=place, hint='write them as escapes: "\\x01"')
    return ShoreError(
        f"the file is not UTF-8 text: {getattr(error, 'reason', error)}", place=place, hint="save the file as UTF-8"
    )


class _Frame:
    """A collection under construction."""

    __slots__ = ("anchor", "at", "key", "key_mark", "merges", "seen", "tag", "value")

    def __init__(self, value: Map | Seq, at: Mark, anchor: str | None, tag: str | None) -> None:
        self.value = value
        self.at = at
        self.anchor = anchor
        self.tag = tag
        self.key: str | None = None
        self.key_mark: Mark | None = None
        self.merges: list[tuple[Any, Mark]] | None = None
        self.seen: dict[str, int] | None = None


class _Composer:
    """Composes one document. Anchors hold on in the documents after it, as they do in go-yaml."""

    def __init__(self, parser: CParser, name: str, anchors: dict[str, tuple[Any, Path]]) -> None:
        self.parser = parser
        self.name = name
        self.frames: list[_Frame] = []
        self.anchors = anchors
        self.open_anchors: set[str] = set()
        self.resets: list[Path] = []
        self.overrides: list[Path] = []
        self.copies = 0
        self.root: Any = None

    def document(self) -> Document:
        next_event = self.parser.get_event
        event: Any = None
        for _ in range(MAX_EVENTS):
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                self.scalar(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.close()
            elif kind is MappingStartEvent:
                self.open(event, Map())
            elif kind is SequenceStartEvent:
                self.open(event, Seq())
            elif kind is AliasEvent:
                self.alias(event)
            elif kind is DocumentEndEvent:
                return Document(self.root, self.resets + self.overrides)
        raise self.fault("the file holds too many values", event.start_mark, "is this the right file?")

    def scalar(self, event: Any) -> None:
        text: str = event.value
        tag = event.tag
        mark = event.start_mark
        value: Any = text
        plain = tag is None and event.implicit[0]
        if plain:
            if not text or text[0] in HINTS:
                value = resolve(text)
        elif tag is not None:
            value = self.tagged(text, tag, mark)
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.key is None and type(frame.value) is Map:
            self.start_key(frame, value, text, mark, plain)
            if event.anchor:
                self.anchors[event.anchor] = (value, ())
            return
        if event.anchor:
            self.anchors[event.anchor] = (value, self.path())
        self.put(value, mark)

    def tagged(self, text: str, tag: str, mark: Mark) -> Any:
        if tag == "!reset":
            self.resets.append(self.path())
            return _RESET
        if tag == "!override":
            self.overrides.append(self.path())
            return text
        short = tag.removeprefix(_LONG_TAG)
        if tag == "!" or short == tag or short == "str":
            return text
        if short == "binary":
            return self.binary(text, mark)
        value = resolve(text)
        if short == "float" and type(value) is int:
            return float(value)
        if short in _TAG_TYPES and type(value) is not _TAG_TYPES[short]:
            raise self.fault(f'"{text}" is not a {short}', mark)
        return value

    def binary(self, text: str, mark: Mark) -> str:
        try:
            return base64.b64decode(text, validate=False).decode()
        except ValueError:
            raise self.fault("!!binary holds no base64 text", mark) from None

    def start_key(self, frame: _Frame, value: Any, text: str, mark: Mark, plain: bool) -> None:
        if value is _RESET:
            value = text
        if type(value) is not str:
            path = self.path()
            where = f"in {text_of(path)}" if path else "at the top level"
            raise self.fault(f"the key {text or 'null'} {where} is not a string", mark, f'quote it: "{text}":')
        if frame.seen is None:
            frame.seen = {}
        if value in frame.seen:
            first = frame.seen[value]
            raise self.fault(f'the key "{value}" is already set in line {first}', mark, "keep one of the two")
        frame.seen[value] = mark.line + 1
        frame.key = "<<" if plain and text == "<<" else value
        frame.key_mark = mark
        if frame.key == "<<" and plain:
            frame.merges = []

    def no_key(self, mark: Mark) -> ShoreError:
        hint = "quote it, if it is a text that begins with { or ["
        return self.fault("a key cannot be a mapping or a list", mark, hint)

    def open(self, event: Any, value: Map | Seq) -> None:
        if len(self.frames) >= MAX_DEPTH:
            raise self.fault(f"nested more than {MAX_DEPTH} levels deep", event.start_mark, "is this the right file?")
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.key is None and type(frame.value) is Map:
            raise self.no_key(event.start_mark)
        tag = event.tag
        if tag == "!reset":
            self.resets.append(self.path())
        elif tag == "!override":
            self.overrides.append(self.path())
        if event.anchor:
            self.open_anchors.add(event.anchor)
        self.frames.append(_Frame(value, event.start_mark, event.anchor, tag))

    def close(self) -> None:
        frame = self.frames.pop()
        if frame.merges:
            self.merge(frame)
        value: Any = _RESET if frame.tag == "!reset" else frame.value
        if frame.anchor:
            self.open_anchors.discard(frame.anchor)
            self.anchors[frame.anchor] = (value, self.path())
        self.put(value, frame.at)

    def alias(self, event: Any) -> None:
        name = event.anchor
        if name in self.open_anchors:
            raise self.fault(f"the anchor &{name} contains itself", event.start_mark, f"take *{name} out of it")
        if name not in self.anchors:
            known = ", ".join(f"&{a}" for a in self.anchors)
            hint = f"anchors so far: {known}" if known else f"put &{name} before the value that is meant, further up"
            raise self.fault(f"there is no anchor &{name}", event.start_mark, hint)
        value, origin = self.anchors[name]
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.key is None and type(frame.value) is Map:
            if isinstance(value, (Map, Seq)):
                raise self.no_key(event.start_mark)
            self.start_key(frame, value, str(value), event.start_mark, False)
            return
        if value is _RESET:
            self.resets.append(self.path())
        elif isinstance(value, (Map, Seq)):
            self.repeat_overrides(origin)
            value = self.copy(value, event.start_mark)
        self.put(value, event.start_mark)

    def repeat_overrides(self, origin: Path) -> None:
        """`!override` at or below an anchor holds at every alias of it too; `!reset` only where it stands."""
        here = self.path()
        for path in tuple(self.overrides):
            if path[: len(origin)] == origin:
                self.overrides.append(here + path[len(origin) :])

    def copy(self, value: Any, mark: Mark) -> Any:
        self.copies += len(value) + 1
        if self.copies > MAX_COPIES:
            raise self.fault(f"aliases expand to more than {MAX_COPIES:,} values", mark, "is this file made to harm?")
        if isinstance(value, Map):
            made = Map(None, dict(value.at))
            for key, item in value.items():
                made[key] = self.copy(item, mark) if isinstance(item, (Map, Seq)) else item
            return made
        return Seq([self.copy(i, mark) if isinstance(i, (Map, Seq)) else i for i in value], list(value.at))

    def merge(self, frame: _Frame) -> None:
        """Apply `<<`: what the mapping says itself wins, then the first of the merged mappings."""
        target = frame.value
        if type(target) is not Map or frame.merges is None:
            return
        for source, mark in frame.merges:
            for one in source if type(source) is Seq else (source,):
                if type(one) is not Map:
                    raise self.fault("<< takes a mapping or a list of mappings", mark, "merge an anchor: <<: *name")
                for key in one:
                    if key not in target:
                        target.take(key, one)

    def put(self, value: Any, mark: Mark) -> None:
        if not self.frames:
            self.root = None if value is _RESET else value
            return
        frame = self.frames[-1]
        target = frame.value
        if type(target) is Seq:
            if value is not _RESET:
                target.add(value, (mark, mark))
            return
        key = frame.key
        frame.key = None
        if key is None or type(target) is not Map or value is _RESET:
            return
        if frame.merges is not None and key == "<<":
            frame.merges.append((value, mark))
            return
        target[key] = value
        at: At = (frame.key_mark, mark)
        target.at[key] = at

    def path(self) -> Path:
        parts: list[str | int] = []
        for frame in self.frames:
            if type(frame.value) is Seq:
                parts.append(len(frame.value))
            elif frame.key is not None and not (frame.key == "<<" and frame.merges is not None):
                parts.append(frame.key)
        return tuple(parts)

    def fault(self, what: str, mark: Mark, hint: str = "") -> ShoreError:
        return ShoreError(what, place=Place(self.name, mark.line + 1, mark.column + 1), hint=hint)


_TAG_TYPES = {"int": int, "bool": bool, "float": float, "null": type(None)}
