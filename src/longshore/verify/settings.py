"""`x-longshore.verify`, at a service or at the top of the file, as records; whatever is wrong in it, with its place.
docs/reference/verify.md describes the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from longshore.model.errors import Place, ShoreError, all_in_one
from longshore.model.nearest import nearest
from longshore.model.quantities import seconds
from longshore.model.record import record
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Stack

__all__ = [
    "BUDGET", "Exchanged", "Own", "Settings", "Slow", "Task", "budget_of", "seconds_of", "settings_of", "slow_of",
    "task_of", "told",
]  # fmt: skip

BUDGET = 60.0
"""Seconds that a service may take to be ready, where the file says nothing else."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Path = tuple[str | int, ...]
Locate = Callable[[Path], Place | None]
"""Where the value at a path below x-longshore.verify stands."""


@record
class Exchanged:
    """What an answer has to be; empty for what does not matter. `status` are prefixes of statuses ("2", "404");
    `headers` and `json` by name and by path, each a value or, in /…/, a regular expression."""

    status: tuple[str, ...] = ("2",)
    headers: Mapping[str, str] = EMPTY
    json: Mapping[str, Any] = EMPTY
    matches: str = ""
    lacks: str = ""
    code: int = 0
    value: str | None = None
    within: float = 30.0
    again: float = 0.0
    """Seconds for which it is asked once more as long as the answer is another: what comes about by itself."""


@record
class Own:
    """A criterion of the file's own. `kind` is "http", "run" or "sql", `words` what it is asked: method and path, the
    command, the statement. `keep` names values of the answer's JSON that later ones use as {name}: each the path of
    one, and after a space a /regular expression/ of which the first group is the value."""

    that: str
    service: str
    kind: str
    words: tuple[str, ...]
    expect: Exchanged
    id: str = ""
    port: int = 0
    headers: Mapping[str, str] = EMPTY
    body: str = ""
    user: str = ""
    keep: Mapping[str, str] = EMPTY
    disturbs: bool = False


@record
class Slow:
    """A request that is still at work when a signal comes: by itself, or because its `body` comes slowly."""

    method: str
    path: str
    body: str = ""


@record
class Task:
    """A Celery task that is at work for a second or two. {marker} in the arguments is another text each time."""

    name: str
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = EMPTY


@record
class Settings:
    """All that one project says. `lives_with` are criteria that it does without, by id, with the reason."""

    criteria: tuple[Own, ...] = ()
    lives_with: Mapping[str, str] = EMPTY


TOP = ("criteria", "live-with")
OF_A_SERVICE = ("criteria", "live-with", "budget", "slow", "task")
LATER: tuple[str, ...] = ("reload", "persist", "migrate", "safe")
"""Keys of other families, which read and check them themselves."""

_CRITERION = ("that", "id", "service", "http", "run", "sql", "port", "headers", "json", "body", "user", "expect",
              "keep", "disturbs")  # fmt: skip
_EXPECT = {
    "http": ("status", "headers", "json", "matches", "lacks", "within", "again"),
    "run": ("code", "matches", "lacks", "json", "within", "again"),
    "sql": ("value", "matches", "lacks", "within", "again"),
}


class _Problems:
    """Collects what is wrong, each with the nearest place that is known."""

    def __init__(self) -> None:
        self.found: list[ShoreError] = []

    def add(self, locate: Locate, path: Path, what: str, hint: str) -> None:
        named = ".".join(str(part) for part in path)
        text = f"x-longshore.verify{'.' if named else ''}{named}: {what}"
        self.found.append(ShoreError(text, hint=hint, place=locate(path)))

    def known(self, locate: Locate, path: Path, value: Mapping[str, Any], keys: Sequence[str]) -> None:
        for key in value:
            if key not in keys:
                close = nearest(str(key), keys)
                hint = f"did you mean {close}?" if close else f"there are: {', '.join(keys)}"
                self.add(locate, (*path, key), "is not known here", hint)


def settings_of(stack: Stack, locate: Locate) -> Settings:
    """What the files say. `locate` finds places below the top's x-longshore.verify. Raises ShoreError with everything
    that is wrong."""
    problems = _Problems()
    own: list[Own] = []
    lives_with: dict[str, str] = {}
    top = _mapping(stack.longshore.get("verify"), (), locate, problems)
    problems.known(locate, (), top, (*TOP, *LATER))
    own += _criteria(top, "", stack, locate, problems)
    lives_with |= _reasons(top, locate, problems)
    for service in stack.services.values():
        there = _at(service)
        found = _mapping(_raw(service), (), there, problems)
        problems.known(there, (), found, (*OF_A_SERVICE, *LATER))
        own += _criteria(found, service.name, stack, there, problems)
        lives_with |= _reasons(found, there, problems)
        _check_rest(found, there, problems)
    ids = [one.id for one in own]
    for one in {one for one in ids if ids.count(one) > 1}:
        problems.add(locate, ("criteria",), f"two criteria have the id {one}", "give each its own: id: NAME")
    if problems.found:
        raise all_in_one(problems.found)
    return Settings(tuple(own), lives_with)


def _raw(service: Service) -> Any:
    found = service.extensions.get("x-longshore")
    return found.get("verify") if isinstance(found, Mapping) else None


def _at(service: Service) -> Locate:
    def locate(path: Path) -> Place | None:
        parts = ("x-longshore", "verify", *map(str, path))
        return service.place(*(".".join(parts[:count]) for count in range(len(parts), 0, -1)))

    return locate


def _mapping(value: Any, path: Path, locate: Locate, problems: _Problems) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        problems.add(locate, path, "must be a mapping", "see docs/reference/verify.md")
        return {}
    return value


def _reasons(found: Mapping[str, Any], locate: Locate, problems: _Problems) -> Mapping[str, str]:
    reasons = _mapping(found.get("live-with"), ("live-with",), locate, problems)
    for key, reason in reasons.items():
        if not isinstance(reason, str) or not reason.strip():
            problems.add(locate, ("live-with", key), "has no reason", "write why after the criterion's id")
    return {str(key): str(reason).strip() for key, reason in reasons.items()}


def _check_rest(found: Mapping[str, Any], locate: Locate, problems: _Problems) -> None:
    if "budget" in found and seconds_of(found["budget"]) is None:
        problems.add(locate, ("budget",), f"{found['budget']!r} is no time", "for example 20s")
    if "slow" in found:
        _check_slow(found["slow"], locate, problems)
    if "task" in found:
        _check_task(found["task"], locate, problems)


def _check_task(task: Any, locate: Locate, problems: _Problems) -> None:
    asked = {"name": task} if isinstance(task, str) else task
    if not isinstance(asked, Mapping) or not isinstance(asked.get("name"), str):
        problems.add(locate, ("task",), "must be the name of a task", "for example tasks.slow: of a second or two")
        return
    problems.known(locate, ("task",), asked, ("name", "args", "kwargs"))
    if not isinstance(asked.get("args", []), list | tuple) or not isinstance(asked.get("kwargs", {}), Mapping):
        problems.add(locate, ("task",), "has arguments of another kind", "args: a list, kwargs: a mapping")


def _check_slow(slow: Any, locate: Locate, problems: _Problems) -> None:
    def wrong(key: str, what: str, hint: str) -> None:
        problems.add(locate, ("slow",), what, hint)

    asked = {"http": slow} if isinstance(slow, str) else _mapping(slow, ("slow",), locate, problems)
    problems.known(locate, ("slow",), asked, ("http", "json", "body"))
    if isinstance(slow, str | Mapping):
        _words("http", asked.get("http"), wrong)


def _criteria(
    found: Mapping[str, Any], service: str, stack: Stack, locate: Locate, problems: _Problems
) -> Iterator[Own]:
    entries = found.get("criteria") or ()
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        problems.add(locate, ("criteria",), "must be a list", "each entry: that: SENTENCE, and http:, run: or sql:")
        return
    for number, entry in enumerate(entries):
        one = _criterion(entry, ("criteria", number), service, stack, locate, problems)
        if one:
            yield one


def _criterion(
    entry: Any, path: Path, service: str, stack: Stack, locate: Locate, problems: _Problems
) -> Own | None:  # fmt: skip
    def wrong(key: str, what: str, hint: str) -> None:
        problems.add(locate, (*path, key) if key else path, what, hint)

    if not isinstance(entry, Mapping):
        wrong("", "must be a mapping", "that: SENTENCE, and http:, run: or sql:")
        return None
    before = len(problems.found)
    problems.known(locate, path, entry, _CRITERION)
    that = entry.get("that")
    if not isinstance(that, str) or not that.strip():
        wrong("", "says nothing", "that: a sentence that a customer understands")
    kinds = [kind for kind in _EXPECT if kind in entry]
    if len(kinds) != 1:
        wrong("", "must have exactly one of http, run and sql", "http: GET /path, run: COMMAND, or sql: STATEMENT")
        return None
    kind, name = kinds[0], str(entry.get("service", service))
    asked = stack.known(name)  # where only some services are verified, the others' criteria wait for another time
    if asked is None:
        close = nearest(name, stack.services)
        there = f"did you mean {close}?" if close else f"service: one of {', '.join(stack.services)}"
        wrong("service" if "service" in entry else "", f"{name or 'no service'} is not there", there)
        return None
    words = _words(kind, entry[kind], wrong)
    expect = _expect(kind, entry.get("expect"), (*path, "expect"), locate, problems)
    port = entry.get("port", 0)
    if not isinstance(port, int):
        wrong("port", f"{port!r} is no port", "the port of the service, for example 8000")
    keep = _mapping(entry.get("keep"), (*path, "keep"), locate, problems)
    for key, where in keep.items():
        if not _keeps(str(where)):
            wrong("keep", f"{key}: {where!r} keeps nothing", "PATH, or PATH /regular expression with one (group)/")
    headers = _mapping(entry.get("headers"), (*path, "headers"), locate, problems)
    if len(problems.found) > before:
        return None
    ident = str(entry.get("id") or re.sub(r"[^a-z0-9]+", "-", str(that).lower()).strip("-")[:40].rstrip("-"))
    return Own(
        str(that).strip(), name, kind, words, expect, f"{name}.{ident}", port, {k: str(v) for k, v in headers.items()},
        _body(entry), str(entry.get("user", "")), {k: str(v) for k, v in keep.items()}, bool(entry.get("disturbs")),
    )  # fmt: skip


def _keeps(where: str) -> bool:
    """Whether what stands after a path is an expression with a group."""
    try:
        return not where.endswith("/") or re.compile(where.partition(" /")[2][:-1]).groups > 0
    except re.error:
        return False


def _words(kind: str, value: Any, wrong: Callable[[str, str, str], None]) -> tuple[str, ...]:
    if kind == "run" and isinstance(value, Sequence) and not isinstance(value, str) and value:
        return tuple(map(str, value))
    if not isinstance(value, str) or not value.strip():
        wrong(kind, "must be a text", {"http": "GET /path", "run": "a command", "sql": "a statement"}[kind])
        return ()
    if kind == "run":
        return ("sh", "-c", value)
    if kind == "sql":
        return (value,)
    method, _, path = value.partition(" ")
    if not path:
        method, path = "GET", method
    if method not in METHODS or not path.strip().startswith("/"):
        wrong("http", f"{value!r} is no request", f"METHOD /path, with one of {', '.join(METHODS)}")
    return (method, path.strip())


def _body(entry: Mapping[str, Any]) -> str:
    import json

    return json.dumps(entry["json"]) if "json" in entry else str(entry.get("body", ""))


def _expect(kind: str, value: Any, path: Path, locate: Locate, problems: _Problems) -> Exchanged:
    found = _mapping(value, path, locate, problems)
    problems.known(locate, path, found, _EXPECT[kind])
    status = found.get("status", "2xx")
    statuses = status if isinstance(status, Sequence) and not isinstance(status, str) else [status]
    for one in statuses:
        if not re.fullmatch(r"[1-5](?:\d\d|xx)", str(one)):
            problems.add(locate, (*path, "status"), f"{one!r} is no status", "for example 200, or 2xx")
    for key in ("matches", "lacks"):
        try:
            re.compile(str(found.get(key, "")))
        except re.error as error:
            problems.add(locate, (*path, key), f"is no regular expression: {error}", "double the $: $$")
    within, again = seconds_of(found.get("within", "30s")), seconds_of(found.get("again", 0))
    for key, value in (("within", within), ("again", again)):
        if value is None:
            problems.add(locate, (*path, key), f"{found[key]!r} is no time", "for example 2s")
    code = found.get("code", 0)
    if not isinstance(code, int):
        problems.add(locate, (*path, "code"), f"{code!r} is no exit code", "a number")
    headers = _mapping(found.get("headers"), (*path, "headers"), locate, problems)
    return Exchanged(
        tuple(str(one).rstrip("x") for one in statuses),
        {key.lower(): str(one) for key, one in headers.items()},
        _mapping(found.get("json"), (*path, "json"), locate, problems),
        str(found.get("matches", "")),
        str(found.get("lacks", "")),
        code if isinstance(code, int) else 0,
        str(found["value"]) if "value" in found else None,
        within or 0.0,
        again or 0.0,
    )


def seconds_of(value: Any) -> float | None:
    """A number of seconds, or a duration as Compose files have it; None for what is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return seconds(str(value))
    except ValueError:
        return None


def budget_of(service: Service) -> float:
    """Seconds that the service may take to be ready: what the file says, else BUDGET, and no less than its health check
    gives it."""
    value = seconds_of(told(service, "budget"))
    check = service.healthcheck
    return value or max(BUDGET, check.deadline if check and check.active else 0.0)


def slow_of(service: Service) -> Slow | None:
    """The request that takes a second or two, or whose body can; None where the file names none."""
    slow = told(service, "slow")
    if isinstance(slow, str):
        slow = {"http": slow}
    if not isinstance(slow, Mapping):
        return None
    method, path = _words("http", slow.get("http"), _unheard)
    return Slow(method, path, _body(slow))


def told(service: Service, *keys: str) -> Any:
    """What x-longshore.verify of the service says under these keys, one below the other; None where it says nothing."""
    found = _raw(service)
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def task_of(service: Service) -> Task | None:
    """The Celery task that takes a second or two; None where the file names none."""
    task = told(service, "task")
    if isinstance(task, Mapping) and task.get("name"):
        return Task(str(task["name"]), task.get("args") or (), task.get("kwargs") or EMPTY)
    return Task(str(task)) if task else None


def _unheard(key: str, what: str, hint: str) -> None:
    del key, what, hint
