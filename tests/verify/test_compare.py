"""Two reports beside each other: what differs is told, what only looks different is not."""

from __future__ import annotations

import json

import pytest

from longshore.model.record import replace
from longshore.report.line import paint
from longshore.report.verify.comparison import FORMS, closing_lines
from longshore.report.verify.forms import rendered
from longshore.verify.compare import between, compared, since
from longshore.verify.result import Criterion, Evidence, Family, Origin, Report, Result, Seen, Verdict
from tests.report.verify.sample import REPORT


def one(ident: str, verdict: Verdict = Verdict.HOLDS, seen: str = "", **more: object) -> Result:
    criterion = Criterion(ident, Family.SAFE, f"{ident} is so", "", "")
    reason = seen if verdict in (Verdict.SKIPPED, Verdict.UNCHECKED) else ""
    return Result(criterion, Seen(verdict, "so", "" if reason else seen, reason, **more))  # type: ignore[arg-type]


def report(*results: Result, engine: str = "native") -> Report:
    origin = Origin("shop", engine, "", "", "0", fresh=True, began=1.0, commit="abcdef0123456789")
    return Report(origin, results, 1.0)


def evidence(text: str) -> tuple[Evidence, ...]:
    return (Evidence("log", text),)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (one("a", seen="HTTP 200 after 4 ms"), one("a", seen="HTTP 200 after 19.5 ms"), []),
        (one("a", seen="at 127.0.0.1:53211"), one("a", seen="at 127.0.0.1:8000"), []),
        (one("a", seen="container 4f2a9c01d2e3"), one("a", seen="container 9c01d2e34f2a"), []),
        (one("a", seen="album 8de1a9c9-9545-4d3c-96a2-15089f9fe04c"),
         one("a", seen="album f9b22262-3931-4812-8d25-b93f2c23a9a2"), []),
        (one("a", seen="Sun, 29 Nov 2026 03:08:21 GMT"), one("a", seen="Mon, 30 Dec 2026 03:14:20 GMT"), []),
        (one("a", seen="received  1250"), one("a", seen="received   380"), []),
        (one("a", seen="postgres"), one("a", seen="mysql"), ["seen"]),
        (one("a"), one("a", Verdict.SHORT, "x"), ["verdict"]),
        (one("a", Verdict.SKIPPED, "no"), one("a", Verdict.HOLDS, "y"), ["verdict"]),
        (one("a"), None, ["only there"]),
        (None, one("a", Verdict.SHORT, "x"), ["only there"]),
        (one("a", evidence=evidence("uid 1 a\nuid 2 b")), one("a", evidence=evidence("uid 7 b\nuid 8 a")), []),
        (one("a", evidence=evidence("x")), one("a", evidence=evidence("y")), ["evidence"]),
        (one("a", evidence=evidence("x")), one("a"), ["evidence"]),
        (one("a", measured=(("seconds until back", 0.5),)), one("a", measured=(("seconds until back", 2.4),)), []),
        (one("a", measured=(("seconds until back", 1.0),)), one("a", measured=(("seconds until back", 9.0),)),
         ["seconds until back"]),
    ],
)  # fmt: skip
def test_differences(first: Result | None, second: Result | None, told: list[str]) -> None:
    found = between(report(*filter(None, [first])), report(*filter(None, [second])))
    assert [difference.what for difference in found] == told


def test_what_got_worse_is_marked() -> None:
    before = report(one("a"), one("b", Verdict.SHORT, "x"), one("c"), one("d"))
    after = report(one("a", Verdict.SHORT, "y"), one("b"), one("c", Verdict.SKIPPED, "z"), one("e", Verdict.SHORT, "w"))
    assert {d.id: d.worse for d in between(before, after)} == {"a": True, "b": False, "c": False, "d": False, "e": True}


def test_since_a_baseline() -> None:
    before = report(one("a"), one("b", seen="one way"))
    after = since(report(one("a", Verdict.SHORT, "y"), one("b", seen="another way")), before)
    assert after.baseline == "1970-01-01 00:00 on native, commit abcdef012345"
    assert [(d.id, d.first, d.second) for d in after.changes] == [("a", "holds: ", "falls short: y")]
    assert "Since 1970-01-01" in rendered(after, "html")
    assert "falls short: y" in rendered(after, "markdown")
    assert json.loads(rendered(after, "json"))["changes"][0]["worse"] is True
    assert since(before, before).changes == ()


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (one("a"), one("a"), 0),
        (one("a"), one("a", Verdict.SHORT, "x"), 1),
        (one("a"), one("a", Verdict.UNCHECKED, "x"), 2),
    ],
)
def test_exit_code_of_several(first: Result, second: Result, code: int) -> None:
    assert compared((report(first, one("b")), report(second, one("b"), engine="docker"))).exit_code == code


def test_several_engines_in_every_form() -> None:
    other = replace(
        REPORT, origin=replace(REPORT.origin, engine="docker"), results=(*REPORT.results[1:], one("safe.more"))
    )
    whole = compared((REPORT, other))
    assert [engine for engine, _ in whole.differences] == ["docker"]
    text = "\n".join(paint(line, False) for line in closing_lines(whole))
    assert "native beside docker: 2 differences" in text
    page, found = FORMS["html"](whole), json.loads(FORMS["json"](whole))
    assert "<script" not in page
    assert [len(one["results"]) for one in found["reports"]] == [13, 13]
    assert found["differences"]["docker"][0]["what"] == "only there"
    assert "| safe.more is so | – | ✓" in FORMS["markdown"](whole).replace("\\", "")
