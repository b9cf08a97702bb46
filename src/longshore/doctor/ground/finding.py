"""What a rule finds, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from longshore.model.errors import Place
from longshore.model.record import record

if TYPE_CHECKING:
    from longshore.doctor.ground.project import Ground

__all__ = ["Edit", "Example", "Finding", "Level", "Rule"]

Level = Literal["error", "warning", "advice"]
"""error: it will not work, or not be safe; warning: it will break one day; advice: good practice."""


@record
class Edit:
    """A safe change of one text file: `path` gets `text` in place of what it holds ("" when it is not there yet)."""

    path: str
    before: str
    text: str
    mode: int = 0o644


@record
class Finding:
    """One thing found. `text` says what, `place` where; `todo` what to do, by default the rule's; `edit` does it."""

    rule: str
    level: Level
    text: str
    why: str
    todo: str
    place: Place | None = None
    service: str = ""
    edit: Edit | None = None


Example = Mapping[str, str]
"""Files of a small project, by relative path."""


@record
class Rule:
    """`check` yields what it finds. `wrong` and `right` are projects in which it finds something and nothing: they are
    its tests, and stand on its page."""

    id: str
    level: Level
    title: str
    why: str
    todo: str
    check: Callable[[Rule, Ground], Iterator[Finding]]
    wrong: tuple[Example, ...] = ()
    right: tuple[Example, ...] = ()

    def found(
        self, text: str, place: Place | None = None, *, service: str = "", todo: str = "", edit: Edit | None = None
    ) -> Finding:
        """A finding of this rule."""
        return Finding(self.id, self.level, text, self.why, todo or self.todo, place, service, edit)
