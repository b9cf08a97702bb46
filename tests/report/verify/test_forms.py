"""Every form says the same, in its own language, whatever the texts hold."""

from __future__ import annotations

import json
import re
import runpy
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from longshore.model.errors import ShoreError, UsageError
from longshore.model.record import replace
from longshore.report.verify.document import from_json
from longshore.report.verify.forms import FORMS, form_of, rendered
from longshore.report.verify.markdown import escaped
from longshore.report.verify.pictures import startup, topology
from longshore.report.verify.words import spent
from longshore.verify.portrait import Portrait
from longshore.verify.result import Verdict
from tests.report.verify.sample import EMPTY, ENDS, HOSTILE, RECORDED, REPORT, whole

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "docs/reference/verify-report.schema.json"


def test_the_published_schema_is_that_of_the_records() -> None:
    script = runpy.run_path(str(ROOT / "scripts/verify_schema.py"))
    assert SCHEMA.read_text() == script["schema"](), "run: python scripts/verify_schema.py"


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["full", "empty"])
def test_json_is_what_the_schema_says_and_reads_back(report) -> None:  # type: ignore[no-untyped-def]
    text = rendered(report, "json")
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(json.loads(text))
    back = from_json(text, "r.json")
    assert back == replace(report, portrait=replace(report.portrait, shots=()))
    assert all(isinstance(one.verdict, Verdict) for one in back.results)


def test_what_was_spent_is_the_whole() -> None:
    rows = spent(replace(REPORT, seconds=sum(one.seconds for one in REPORT.results) + 7))
    assert rows[0][2] == pytest.approx(7)
    assert sum(row[2] for row in rows) == pytest.approx(sum(one.seconds for one in REPORT.results) + 7)
    assert "Where the time went" in rendered(REPORT, "markdown")


def test_the_schema_refuses_what_is_not_a_report() -> None:
    good = json.loads(rendered(REPORT, "json"))
    check = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    for wrong in ({**good, "schema": 2}, {**good, "more": 1}, {k: v for k, v in good.items() if k != "origin"}):
        assert not check.is_valid(wrong)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"schema": 1}', '{"schema": 9}', '{"schema": 1, "origin": {}}',
             rendered(REPORT, "json").replace('"falls short"', '"fell"')],
)  # fmt: skip
def test_what_is_no_report_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ShoreError, match=r"^r\.json (is no report|has form 9)") as caught:
        from_json(text, "r.json")
    assert "--report" in caught.value.hint


def test_junit() -> None:
    root = ElementTree.fromstring(rendered(REPORT, "junit"))
    assert root.attrib | {"time": ""} == {"name": "shore verify gallery", "time": "", "tests": "13", "failures": "2",
                                          "errors": "1", "skipped": "1"}  # fmt: skip
    assert [suite.get("name") for suite in root][:2] == ["starts", "reachable"]
    (pending,) = root.findall(".//testcase[@name='migrates.backend.pending']")
    failure = pending.find("failure")
    assert failure is not None
    assert failure.get("message") == "1 is pending: 0007_album_order"
    assert "expected: nothing to apply" in (failure.text or "")
    (hostile,) = root.findall(".//testcase[@name='yours.frontend.album']/system-out")
    assert "<script>" in (hostile.text or "")
    assert "\x1b" not in (hostile.text or "")


def test_sarif_names_the_line_of_the_service() -> None:
    run = json.loads(rendered(REPORT, "sarif"))["runs"][0]
    assert run["tool"]["driver"]["name"] == "shore verify"
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= {one["ruleId"] for one in run["results"]}
    found = {one["ruleId"]: one for one in run["results"]}
    assert {id_: one["level"] for id_, one in found.items()} == {
        "migrates.backend.pending": "error", "recovers.bot": "warning", "yours.frontend.album": "error",
    }  # fmt: skip
    place = found["migrates.backend.pending"]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("compose.yaml", 16)


def test_markdown() -> None:
    text = rendered(REPORT, "markdown")
    assert text.startswith("## ✗ gallery: 2 of 13 fall short\n")
    assert "| ✗ | no migration of backend is pending | 1 is pending: 0007\\_album\\_order | 1.90 s |" in text
    rows = [line for line in text.splitlines() if line.startswith("| ✓")]
    assert len(rows) == REPORT.count(Verdict.HOLDS)
    outside = re.sub(r"(`{3,})text\n.*?\n\1", "", text, flags=re.DOTALL)
    assert "<script" not in outside
    assert "<b>" not in outside


@pytest.mark.parametrize("text", ["a|b", "*x*", "<i>", "`c`", "[l](u)", "line\nline"])
def test_markdown_is_taken_as_it_stands(text: str) -> None:
    assert not re.search(r"(?<!\\)[|*`\[\]()<>\n]", escaped(text))


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_escapes_everything() -> None:
    page = Tags()
    page.feed(rendered(REPORT, "html"))
    assert not {tag for tag, _ in page.found} & {"script", "iframe", "object", "embed", "form", "base"}
    for tag, attributes in page.found:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
    assert HOSTILE.replace("&amp;", "&amp;") in page.text
    policy = next(a["content"] for tag, a in page.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    ids = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_had_of_nothing(form: str) -> None:
    assert rendered(EMPTY, form)


def test_pictures_name_everything_there_is() -> None:
    for narrow in (False, True):
        start, hangs = startup(REPORT.portrait, narrow=narrow), topology(REPORT.portrait, narrow=narrow)
        for name in ("db", "backend", "bot", "collect", "frontend"):
            assert f">{name}</text>" in start
            assert f">{name}</text>" in hangs
        assert "postgres_data" in hangs
        assert "inside (internal)" in hangs
        ElementTree.fromstring(start)
        ElementTree.fromstring(hangs)
    assert startup(Portrait(), narrow=False) == topology(Portrait(), narrow=True) == ""


def test_the_form_is_in_the_name() -> None:
    forms = [form_of(name) for name in ("a.json", "b.xml", "c.md", "d.sarif", "E.HTML")]
    assert forms == ["json", "junit", "markdown", "sarif", "html"]
    with pytest.raises(UsageError, match=r"report\.pdf"):
        form_of("report.pdf")


@pytest.mark.parametrize("form", ENDS)
def test_a_form_is_what_it_was(form: str) -> None:
    """Every figure and place of the pictures counts: `python -m tests.report.verify.sample` records a change that is
    meant, to be looked at in a browser."""
    for name, report in (("report", REPORT), ("nothing", EMPTY)):
        assert whole(report, form) == (RECORDED / f"{name}.{ENDS[form]}").read_text()
