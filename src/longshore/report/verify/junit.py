"""A verification as JUnit XML, in the form that CI servers read (Jenkins' `junit` schema). Pure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime

from longshore.report.verify.words import facts
from longshore.verify.result import Family, Report, Result, Verdict

__all__ = ["as_junit"]

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(report: Report) -> str:
    """A suite for each family, a test case for each criterion; what could not be checked is an error."""
    named = {"name": _text(f"shore verify {report.origin.project}"), "time": f"{report.seconds:.3f}"}
    root = ElementTree.Element("testsuites", {**named, **_counts(report.results)})
    for family in Family:
        results = tuple(report.of(family))
        if results:
            root.append(_suite(report, family, results))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report, family: Family, results: tuple[Result, ...]) -> ElementTree.Element:
    began = datetime.fromtimestamp(report.origin.began, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    taken = sum(result.seconds for result in results)
    named = {"name": family.value, "timestamp": began, "time": f"{taken:.3f}"}
    suite = ElementTree.Element("testsuite", {**named, **_counts(results)})
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in facts(report.origin):
        ElementTree.SubElement(properties, "property", name=name, value=_text(value))
    suite.extend(_case(result) for result in results)
    return suite


def _case(result: Result) -> ElementTree.Element:
    seen, criterion = result.seen, result.criterion
    case = ElementTree.Element(
        "testcase", classname=criterion.family.value, name=_text(criterion.id), time=f"{result.seconds:.3f}"
    )
    if result.verdict is Verdict.SHORT:
        found = ElementTree.SubElement(case, "failure", type="falls short", message=_text(seen.seen))
        lines = (criterion.sentence, f"expected: {seen.expected}", f"seen: {seen.seen}", criterion.advice)
        found.text = _text("\n".join(filter(None, lines)))
    elif result.verdict is Verdict.UNCHECKED:
        ElementTree.SubElement(case, "error", type="could not be checked", message=_text(seen.reason))
    elif result.verdict is Verdict.SKIPPED:
        ElementTree.SubElement(case, "skipped", message=_text(seen.reason))
    if seen.evidence:
        said = "\n\n".join(f"{one.title}\n{one.text}" for one in seen.evidence)
        ElementTree.SubElement(case, "system-out").text = _text(said)
    return case


def _counts(results: tuple[Result, ...]) -> dict[str, str]:
    names = {"failures": Verdict.SHORT, "errors": Verdict.UNCHECKED, "skipped": Verdict.SKIPPED}
    counts = {name: str(sum(one.verdict is verdict for one in results)) for name, verdict in names.items()}
    return {"tests": str(len(results)), **counts}


def _text(text: str) -> str:
    """Without the characters that no XML document may hold."""
    return _NO_XML.sub("\ufffd", text)
