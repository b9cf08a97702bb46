"""Migrates: the database has the shape that the code expects; the migrations have one end, and the last a way back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial

from longshore.flow.migrate import Target, targets_of
from longshore.migrations.history import History, Revision
from longshore.migrations.tools import TOOLS, applied, pending, statement, step_back
from longshore.verify.check import Check, Subject, Touch, holds, short, skipped
from longshore.verify.live import Answer, Live, cannot
from longshore.verify.result import Criterion, Evidence, Family, Seen

__all__ = ["broken_histories", "criteria"]

LIMIT = 90.0
"""Seconds that a migration tool may take."""


def criteria(subject: Subject) -> tuple[Check, ...]:
    found: list[Check] = []
    for target in targets_of(subject.stack):
        if target.service not in subject.services:
            continue
        if target.history.tool:
            found.append(_one_head(target))
        found.append(_none_pending(target))
        if TOOLS.get(target.history.tool) and TOOLS[target.history.tool].unmade:
            found.append(_models_told(target))
        if target.history.tool or {"down", "up"} <= target.commands.keys():
            found.append(_and_back(target))
    return tuple(found)


def _criterion(kind: str, target: Target, sentence: str, method: str, advice: str) -> Criterion:
    return Criterion(f"migrates.{kind}.{target.service}", Family.MIGRATES, sentence, method, advice, target.service)


def _command(target: Target, key: str) -> tuple[str, ...]:
    """The file's own command, else the tool's."""
    own = target.commands.get(key)
    if own:
        return ("sh", "-c", own)
    words: tuple[str, ...] = getattr(TOOLS[target.history.tool], key) if target.history.tool else ()
    if not words:
        raise cannot(f"it is not known how to ask for the {key} of migrations", f"x-longshore.migrate.{key}: COMMAND")
    return words


async def _run(live: Live, target: Target, words: tuple[str, ...]) -> Answer:
    return await live.execute(target.service, *words, limit=LIMIT)


def _told(title: str, answer: Answer) -> tuple[Evidence, ...]:
    return (Evidence(title, answer.text or "(nothing)"),)


# One head.


def _one_head(target: Target) -> Check:
    criterion = _criterion(
        "heads",
        target,
        f"the migrations of {target.service} have one end",
        "read the files of the history",
        "join them: shore migrate merge",
    )
    return Check(criterion, partial(_try_heads, target))


def broken_histories(subject: Subject) -> dict[str, str]:
    """By service, the id of the criterion by which its migrations fall short whatever runs, of those that are tried."""
    if subject.families and Family.MIGRATES not in subject.families:
        return {}
    return {
        target.service: f"migrates.heads.{target.service}"
        for target in targets_of(subject.stack)
        if target.service in subject.services
        and target.history.tool
        and _wrong(target.history, subject.stack.working_dir)
    }


def _wrong(history: History, folder: str) -> list[str]:
    """What keeps the history from being one line; files are named as they are seen from `folder`."""
    wrong = [f"{len(circle)} in a circle: {_names(circle, folder)}" for circle in history.cycles()]
    wrong += [f"two files are {several[0].id}: {_names(several, folder)}" for several in history.duplicates()]
    wrong += [f"{one.id} comes after {parent}, which is missing" for one, parent in history.missing()]
    wrong += [
        f"{len(heads)} heads{f' of {branch}' if branch else ''}: {_names(heads, folder)}"
        for branch, heads in history.heads().items()
        if len(heads) > 1
    ]
    return wrong


async def _try_heads(target: Target, live: Live) -> Seen:
    history = target.history
    wrong = _wrong(history, live.stack.working_dir)
    expected = "one head, and a line from it to the first"
    if wrong:
        return short(expected, "; ".join(wrong))
    ends = ", ".join(heads[0].id for heads in history.heads().values())
    return holds(expected, f"{len(history.revisions)} migrations up to {ends}")


def _names(revisions: Iterable[Revision], folder: str) -> str:
    return ", ".join(f"{one.id} ({os.path.relpath(one.file, folder)})" for one in revisions)


# None pending.


def _none_pending(target: Target) -> Check:
    criterion = _criterion(
        "pending",
        target,
        f"no migration of {target.service} is pending",
        "ask the live database by the migration tool, in the live service",
        "apply them when the service starts, or by: shore migrate up",
    )
    return Check(criterion, partial(_try_pending, target), needs=(target.service,), limit=LIMIT + 10)


async def _try_pending(target: Target, live: Live) -> Seen:
    answer = await _run(live, target, _command(target, "status"))
    evidence = _told("what the tool says", answer)
    if not answer.ok:
        raise cannot(f"the state of migrations cannot be asked: {'; '.join(statement(answer.text))[:300]}")
    if not target.history.tool:
        return holds("the project's own command ends well", "it does", evidence=evidence)
    left = pending(target.history, answer.out)
    expected = "all are applied"
    if left:
        return short(expected, f"{len(left)} pending: {', '.join(left[:4])}", evidence=evidence)
    return holds(expected, f"{len(applied(target.history, answer.out))} are applied", evidence=evidence)


# Nothing unsaid.


def _models_told(target: Target) -> Check:
    criterion = _criterion(
        "models",
        target,
        f"the migrations of {target.service} say all that its models say",
        "ask the migration tool what it would generate",
        "make what is missing: shore migrate make",
    )
    return Check(criterion, partial(_try_models, target), needs=(target.service,), limit=LIMIT + 10)


async def _try_models(target: Target, live: Live) -> Seen:
    tool = TOOLS[target.history.tool]
    answer = await _run(live, target, tool.unmade)
    expected = "nothing to generate"
    if answer.ok:
        return holds(expected, "nothing", evidence=_told("what the tool says", answer))
    if tool.unmade_mark in answer.text:
        lines = [line.strip() for line in answer.text.splitlines() if tool.unmade_mark in line]
        return short(expected, lines[0][:200], evidence=_told("what the tool says", answer))
    return skipped(f"the tool knows no models to compare with: {'; '.join(statement(answer.text))[:160]}")


# And back.


def _and_back(target: Target) -> Check:
    criterion = _criterion(
        "back",
        target,
        f"the last migration of {target.service} can be taken back and applied again",
        "one step down, one step up, and the same state as before",
        "write the way back (downgrade, reverse_code), or say in live-with why there is none",
    )
    return Check(
        criterion,
        partial(_try_back, target),
        Touch.DESTROYS,
        f"takes the last migration of {target.service} back",
        needs=(target.service,),
        causes=(f"migrates.heads.{target.service}", f"migrates.pending.{target.service}"),
        limit=4 * LIMIT,
    )


async def _try_back(target: Target, live: Live) -> Seen:
    expected = "down and up again, with the same state"
    before = await _run(live, target, _command(target, "status"))
    there = applied(target.history, before.out)
    if not before.ok:
        raise cannot(f"the state of migrations cannot be asked: {'; '.join(statement(before.text))[:300]}")
    if target.history.tool and not set(there) & set(target.history.by_id):
        return skipped("no migration is applied")
    down = ("sh", "-c", target.commands["down"]) if "down" in target.commands else step_back(target.history, there)
    went = await _run(live, target, down)
    between = await _run(live, target, _command(target, "status"))
    came = await _run(live, target, _command(target, "up"))
    after = await _run(live, target, _command(target, "status"))
    evidence = (*_told(" ".join(down), went), *_told(" ".join(_command(target, "up")), came))
    if not went.ok:
        return short(expected, f"it cannot be taken back: {'; '.join(statement(went.text))[:300]}", evidence=evidence)
    if target.history.tool and len(applied(target.history, between.out)) >= len(there):
        return short(expected, "the way back changes nothing", evidence=evidence)
    if not came.ok:
        return short(
            expected, f"it cannot be applied again: {'; '.join(statement(came.text))[:300]}", evidence=evidence
        )
    if sorted(applied(target.history, after.out)) != sorted(there):
        return short(expected, "another state than before", evidence=evidence)
    last = next(reversed(there), "") if target.history.tool else ""
    return holds(
        expected,
        f"{last} went and came back in {went.seconds + came.seconds:.1f} s".strip(),
        evidence=evidence,
        measured=(("seconds down and up", went.seconds + came.seconds),),
    )
