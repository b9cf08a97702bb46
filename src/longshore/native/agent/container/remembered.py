"""What is known of one container, and the same as the state file holds it."""

from __future__ import annotations

import json
from collections.abc import Callable

from longshore.model.codec import encode
from longshore.model.record import replace
from longshore.native.shared.records import Record

__all__ = ["Remembered"]

_SPEC = frozenset({"spec"})


class Remembered:
    """`changed` is called after every change. The JSON is made again only after one: a stack of hundreds is saved many
    times while it starts."""

    def __init__(self, record: Record, changed: Callable[[], None]) -> None:
        self.record = record
        self._changed = changed
        self._json = self._spec_json = ""

    def set(self, **changes: object) -> None:
        self.record = replace(self.record, **changes)
        self._json = ""
        if "spec" in changes:
            self._spec_json = ""
        self._changed()

    @property
    def as_json(self) -> str:
        if not self._json:
            rest = json.dumps(encode(self.record, skip=_SPEC), separators=(",", ":"))
            self._json = f'{{"spec":{self.spec_json}{"," if rest != "{}" else ""}{rest[1:]}'
        return self._json

    @property
    def spec_json(self) -> str:
        """The spec alone, which hardly ever changes."""
        if not self._spec_json:
            self._spec_json = json.dumps(encode(self.record.spec), separators=(",", ":"))
        return self._spec_json
