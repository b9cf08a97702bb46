"""Yours: what the file asks for under `x-longshore.verify`."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from longshore.model.record import replace
from longshore.model.servers import server_of
from longshore.model.stack import Stack
from longshore.verify.check import Check, Subject, Touch, holds, short, skipped
from longshore.verify.exchange import Exchange, NoHttp, ask
from longshore.verify.families.reachable import ask_id, port_id
from longshore.verify.live import Answer, Live, cannot
from longshore.verify.result import Criterion, Evidence, Family, Seen, Verdict
from longshore.verify.settings import Own

__all__ = ["criteria", "differences", "filled", "picked", "value_at"]

PAUSE = 0.25
_NAME = re.compile(r"\{(\w+)\}")
"""What an earlier answer has given, in what a criterion asks."""

Kept = dict[str, str]
"""What earlier answers have given, by the name under which later criteria use it."""


def criteria(subject: Subject) -> tuple[Check, ...]:
    kept: Kept = {}
    all_ = subject.settings.criteria
    givers = {name: f"yours.{one.id}" for one in reversed(all_) for name in one.keep}
    return tuple(_check(subject.stack, own, givers, kept) for own in all_ if own.service in subject.services)


def _check(stack: Stack, own: Own, givers: Mapping[str, str], kept: Kept) -> Check:
    """`givers`: by name, the criterion that keeps it."""
    shown = " ".join(own.words if own.kind != "run" else own.words[-1:])
    criterion = Criterion(
        f"yours.{own.id}",
        Family.YOURS,
        own.that,
        f"{own.kind} {shown}"[:200],
        "the file asks for it under x-longshore.verify; see what was answered",
        own.service,
    )
    touch = Touch.DISTURBS if own.disturbs else Touch.LOOKS
    does = f"changes something in {own.service}"
    causes = (port_id(own.service, _target(stack, own)), ask_id(own.service)) if own.kind == "http" else ()
    run = partial(_again_and_again, own, givers, kept)
    return Check(criterion, run, touch, does, (own.service,), causes, own.expect.within + own.expect.again + 10)


def _names(own: Own) -> list[str]:
    """What it uses of earlier answers."""
    return _NAME.findall("\n".join((*own.words, *own.headers.values(), own.body)))


async def _again_and_again(own: Own, givers: Mapping[str, str], kept: Kept, live: Live) -> Seen:
    """Tried once, or as long as the file gives it time to come about by itself."""
    missing = [name for name in _names(own) if name in givers and name not in kept]
    if missing:
        return skipped(f"it needs {missing[0]}, which {givers[missing[0]]} has not given")
    end = time.monotonic() + own.expect.again
    while True:
        seen = await TRIED[own.kind](own, kept, live)
        if seen.verdict is Verdict.HOLDS or time.monotonic() > end:
            return seen
        await asyncio.sleep(PAUSE)


def _target(stack: Stack, own: Own) -> int:
    """The service's port that an exchange goes to: the first that it publishes, where none is named; 0 for none."""
    return own.port or next((port.target for port in stack.services[own.service].ports if port.protocol == "tcp"), 0)


async def _http(own: Own, kept: Kept, live: Live) -> Seen:
    one = filled(own, kept)
    method, path = one.words
    expect, expected, port = one.expect, _expected(one), _target(live.stack, own)
    if not port:
        return short(expected, f"{own.service} publishes no port to ask it at")
    address = await live.address(own.service, port)
    headers = dict(one.headers)
    if one.body and not any(name.lower() == "content-type" for name in headers) and one.body[:1] in "[{":
        headers["content-type"] = "application/json"
    try:
        answer = await ask(address, path, method=method, headers=headers, body=one.body.encode(), limit=expect.within)
    except NoHttp as error:
        return short(expected, str(error))
    wrong = [*_wrong_head(answer, one), *differences(answer.text, one), *_keep(own, answer.text, kept)]
    said = f"HTTP {answer.status} after {answer.seconds * 1000:.0f} ms"
    evidence = (_request(one), answer.evidence("the answer"))
    measured = (("seconds until answered", answer.seconds),)
    if wrong:
        return short(expected, f"{said}: {'; '.join(wrong)}", evidence=evidence, measured=measured)
    return holds(expected, said, evidence=evidence, measured=measured)


def _request(own: Own) -> Evidence:
    head = [" ".join(own.words), *(f"{name}: {value}" for name, value in own.headers.items())]
    return Evidence("the request", "\n".join([*head, *(("", own.body) if own.body else ())]))


async def _run(own: Own, kept: Kept, live: Live) -> Seen:
    one = filled(own, kept)
    answer = await live.execute(own.service, *one.words, user=one.user, limit=one.expect.within)
    wrong = [] if answer.code == one.expect.code else [_code(answer)]
    return _said(one, answer, [*wrong, *differences(answer.out + answer.err, one), *_keep(own, answer.out, kept)])


def _keep(own: Own, text: str, kept: Kept) -> list[str]:
    """Remember what later criteria use; in words, what is not there."""
    missing = []
    for name, where in own.keep.items():
        found = picked(text, where)
        if found is None:
            missing.append(f"{where} is not there")
        else:
            kept[name] = found
    return missing


def _code(answer: Answer) -> str:
    return "it did not end" if answer.code is None else f"exit code {answer.code}"


async def _sql(own: Own, kept: Kept, live: Live) -> Seen:
    one = filled(own, kept)
    service = live.stack.services[own.service]
    server = server_of(service)
    variables = service.environment
    if server == "PostgreSQL":
        user = variables.get("POSTGRES_USER") or "postgres"
        words = ("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", variables.get("POSTGRES_DB") or user, "-c")
    elif server in ("MySQL", "MariaDB"):
        program = "mariadb" if server == "MariaDB" else "mysql"
        root = variables.get(f"{server.upper()}_ROOT_PASSWORD") or variables.get("MYSQL_ROOT_PASSWORD") or ""
        name = variables.get(f"{server.upper()}_DATABASE") or variables.get("MYSQL_DATABASE") or ""
        words = (program, "-N", "-B", "-u", "root", f"-p{root}", *((name,) if name else ()), "-e")
    else:
        raise cannot(f"it is not known how to ask {own.service} SQL", "use run: with its own client")
    answer = await live.execute(own.service, *words, one.words[0], limit=one.expect.within)
    wrong = [] if answer.ok else [answer.err.strip().splitlines()[-1] if answer.err.strip() else _code(answer)]
    value, out = one.expect.value, answer.out.strip()
    if not wrong and value is not None and not _same(out, value):
        wrong.append(f"it is {out[:80]!r}")
    return _said(one, answer, wrong + ([] if wrong else differences(out, one)))


def _said(own: Own, answer: Answer, wrong: list[str]) -> Seen:
    evidence = (Evidence("asked", own.words[-1]), Evidence("answered", answer.text[:2000]))
    first = next(iter(answer.text.splitlines()), "")[:100]
    if wrong:
        return short(_expected(own), "; ".join(wrong), evidence=evidence)
    return holds(_expected(own), first or "nothing said", evidence=evidence)


TRIED = {"http": _http, "run": _run, "sql": _sql}


def _expected(own: Own) -> str:
    expect = own.expect
    parts = []
    if own.kind == "http":
        parts.append(f"HTTP {' or '.join(one.ljust(3, 'x') for one in expect.status)}")
        parts += [f"{name}: {value}" for name, value in expect.headers.items()]
    elif own.kind == "run":
        parts.append(f"exit code {expect.code}")
    if expect.value is not None:
        parts.append(f"the value {expect.value}")
    parts += [f"{where} = {value}" for where, value in expect.json.items()]
    parts += [f"/{expect.matches}/"] if expect.matches else []
    parts += [f"no /{expect.lacks}/"] if expect.lacks else []
    return ", ".join(parts) or "no error"


def filled(own: Own, kept: Mapping[str, str]) -> Own:
    """With {name} replaced by what was kept under it; a name that nothing was kept under stays as it is."""

    def fill(text: str) -> str:
        return _NAME.sub(lambda match: kept.get(match[1], match[0]), text)

    headers = {name: fill(value) for name, value in own.headers.items()}
    return replace(own, words=tuple(map(fill, own.words)), headers=headers, body=fill(own.body))


def _wrong_head(answer: Exchange, own: Own) -> list[str]:
    wrong = []
    if not str(answer.status).startswith(own.expect.status):
        wrong.append(f"not {' or '.join(one.ljust(3, 'x') for one in own.expect.status)}")
    for name, value in own.expect.headers.items():
        seen = answer.headers.get(name)
        if seen is None or not _same(seen, value):
            wrong.append(f"{name}: {seen if seen is not None else 'not there'}")
    return wrong


def differences(text: str, own: Own) -> list[str]:
    """In words, what of the text is not as the criterion has it."""
    expect = own.expect
    wrong = []
    if expect.matches and not re.search(expect.matches, text, re.MULTILINE):
        wrong.append(f"nothing matches /{expect.matches}/")
    if expect.lacks and (match := re.search(expect.lacks, text, re.MULTILINE)):
        wrong.append(f"it has {match[0][:80]!r}")
    if expect.json:
        whole = _parsed(text)
        if whole is MISSING:
            return [*wrong, "it is no JSON"]
        for where, value in expect.json.items():
            found = value_at(whole, where)
            if found is MISSING:
                wrong.append(f"{where} is not there")
            elif not _same(found, value):
                wrong.append(f"{where} is {json.dumps(found)[:80]}")
    return wrong


MISSING = object()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return MISSING


def value_at(whole: Any, where: str) -> Any:
    """What is at a path of JSON: names and numbers of items with dots between, "" the whole, `length` of a list the
    count of its items; MISSING where there is nothing."""
    value = whole
    for part in where.split(".") if where else ():
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part == "length":
            value = len(value)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def picked(text: str, where: str) -> str | None:
    """The value of a JSON text that `keep` asks for; None where there is none."""
    path, found_by, pattern = where.partition(" /") if where.endswith("/") else (where, "", "")
    value = value_at(_parsed(text), path)
    if value is MISSING:
        return None
    said = value if isinstance(value, str) else json.dumps(value)
    if not found_by:
        return said
    match = re.search(pattern[:-1], said)
    return match[1] if match else None


def _same(found: Any, wanted: Any) -> bool:
    """A text in /…/ is a regular expression; else both are the same, or the same as text."""
    if isinstance(wanted, str) and len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        return re.search(wanted[1:-1], found if isinstance(found, str) else json.dumps(found)) is not None
    return bool(found == wanted) or (not isinstance(found, list | dict) and str(found) == str(wanted))
