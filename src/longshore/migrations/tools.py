"""The tools that carry migrations out, as tables of commands, and what their answers mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from longshore.migrations.history import History
from longshore.model.errors import ShoreError
from longshore.model.record import record

__all__ = ["TOOLS", "Tool", "applied", "pending", "statement", "step_back"]


@record
class Tool:
    """Commands, run in the service's image where its own command would run. "{message}" stands for what --message
    says. `heads` joins several heads."""

    name: str
    status: tuple[str, ...]
    up: tuple[str, ...]
    make: tuple[str, ...]
    merge: tuple[str, ...]
    unmade: tuple[str, ...] = ()
    """Tells whether models have changed and no migration says so, by a text that has `unmade_mark`."""
    unmade_mark: str = ""


TOOLS: Mapping[str, Tool] = {
    "alembic": Tool(
        "alembic",
        status=("alembic", "current"),
        up=("alembic", "upgrade", "head"),
        make=("alembic", "revision", "--autogenerate", "-m", "{message}"),
        merge=("alembic", "merge", "-m", "{message}", "heads"),
        unmade=("alembic", "check"),
        unmade_mark="New upgrade operations detected",
    ),
    "django": Tool(
        "django",
        status=("python", "manage.py", "showmigrations", "--plan"),
        up=("python", "manage.py", "migrate", "--noinput"),
        make=("python", "manage.py", "makemigrations"),
        merge=("python", "manage.py", "makemigrations", "--merge", "--noinput"),
        unmade=("python", "manage.py", "makemigrations", "--check", "--dry-run"),
        unmade_mark="Migrations for ",
    ),
}

_PLAN = re.compile(r"^\[(?P<mark>[ X])\]\s+(?P<id>[\w.]+)", re.MULTILINE)
_CURRENT = re.compile(r"^([0-9A-Za-z_]+)(?: \([a-z, ]+\))*\s*$", re.MULTILINE)
"""A line of `alembic current`: "ae1027a6acf (head)"."""


def applied(history: History, said: str) -> tuple[str, ...]:
    """The ids of the migrations that the database has, in the order in which they came, by what `status` said."""
    if history.tool == "django":
        return tuple(match["id"] for match in _PLAN.finditer(said) if match["mark"] == "X")
    known = history.by_id
    ends = [match[1] for match in _CURRENT.finditer(said) if match[1] in known]
    return tuple(id_ for id_ in order(history) if id_ in ancestors(history, ends))


def pending(history: History, said: str) -> tuple[str, ...]:
    """The ids of those that are still to be applied, in their order."""
    if history.tool == "django":
        return tuple(match["id"] for match in _PLAN.finditer(said) if match["mark"] == " ")
    there = applied(history, said)
    return tuple(id_ for id_ in order(history) if id_ not in there)


def order(history: History) -> tuple[str, ...]:
    """All ids, each after its parents."""
    found: dict[str, None] = {}

    def visit(id_: str) -> None:
        for revision in history.by_id.get(id_, ()):
            for parent in revision.parents:
                if parent not in found:
                    visit(parent)
        if id_ in history.by_id:
            found.setdefault(id_)

    for id_ in sorted(history.by_id):
        visit(id_)
    return tuple(found)


def ancestors(history: History, ends: Sequence[str]) -> frozenset[str]:
    """`ends` and all that they come after."""
    found: set[str] = set()
    waiting = list(ends)
    while waiting:
        id_ = waiting.pop()
        if id_ not in found:
            found.add(id_)
            waiting += [parent for revision in history.by_id.get(id_, ()) for parent in revision.parents]
    return frozenset(found)


def step_back(history: History, there: Sequence[str]) -> tuple[str, ...]:
    """The command that takes the last applied migration back. Raises ShoreError where there is none."""
    ours = [id_ for id_ in there if id_ in history.by_id]
    if not ours:
        raise ShoreError("no migration is applied", hint="see shore migrate status")
    if history.tool == "alembic":
        return ("alembic", "downgrade", "-1")
    last = history.by_id[ours[-1]][0]
    before = [parent for parent in last.parents if parent.partition(".")[0] == last.branch]
    target = before[-1].partition(".")[2] if before else "zero"
    return ("python", "manage.py", "migrate", last.branch, target, "--noinput")


_SQL = re.compile(r"\[SQL: (.*?)\]\s*$", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^LINE \d+: .*$", re.MULTILINE)
_ERROR = re.compile(r"^(?:[\w.]*(?:Error|Exception|Violation|Exists)[\w.]*: .*|ERROR:? .*)$", re.MULTILINE)


def statement(said: str) -> tuple[str, ...]:
    """Of what a failing tool printed, the error and the statement that the database refused; else its last lines."""
    found = [match[0] for match in list(_ERROR.finditer(said))[-1:]]
    found += [f"SQL: {' '.join(match[1].split())}" for match in list(_SQL.finditer(said))[-1:]]
    found += [match[0] for match in list(_LINE.finditer(said))[-1:]]
    return tuple(dict.fromkeys(found)) or tuple(line for line in said.splitlines() if line.strip())[-8:]
