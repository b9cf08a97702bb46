"""Verifications of one project on several engines, side by side. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape

from longshore.model.codec import encode_whole
from longshore.report.line import Line, Span
from longshore.report.verify import markdown, page
from longshore.report.verify.document import as_json
from longshore.report.verify.lines import difference_lines
from longshore.report.verify.words import SIGNS, headline, said, several
from longshore.verify.compare import Comparison
from longshore.verify.result import SCHEMA, Result

__all__ = ["FORMS", "closing_lines"]


def closing_lines(one: Comparison) -> Iterable[Line]:
    """Each engine's result, then every difference."""
    first = one.reports[0].origin.engine
    yield ()
    for report in one.reports:
        yield (Span(f"{report.origin.engine:<8}", "bold"), Span(headline(report)))
    for engine, found in one.differences:
        yield (Span(f"{first} beside {engine}: {several(len(found), 'difference')}", "bold"),)
        yield from difference_lines(found)


def _json(one: Comparison) -> str:
    whole = {
        "schema": SCHEMA,
        "reports": [json.loads(as_json(report)) for report in one.reports],
        "differences": {engine: encode_whole(found) for engine, found in one.differences},
        "exit_code": one.exit_code,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _rows(one: Comparison) -> Iterator[tuple[Result, tuple[Result | None, ...]]]:
    """Each criterion with what every engine has of it."""
    tables = [{result.criterion.id: result for result in report.results} for report in one.reports]
    for ident in dict.fromkeys(ident for table in tables for ident in table):
        found = tuple(table.get(ident) for table in tables)
        yield next(result for result in found if result), found


def _markdown(one: Comparison) -> str:
    names = [report.origin.engine for report in one.reports]
    lines = [f"## {markdown.escaped(one.reports[0].origin.project)} on {', '.join(names)}", ""]
    lines += [f"- {report.origin.engine}: {headline(report)}" for report in one.reports]
    for engine, found in one.differences:
        lines += ["", f"### {names[0]} beside {engine}: {several(len(found), 'difference')}", ""]
        lines += markdown.differences(found, names[0], engine) if found else []
    lines += ["", f"| criterion | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for first, found_ in _rows(one):
        cells = " | ".join(f"{SIGNS[r.verdict]} {markdown.escaped(said(r))}" if r else "–" for r in found_)
        lines.append(f"| {markdown.escaped(first.criterion.sentence)} | {cells} |")
    return "\n".join(lines) + "\n"


def _html(one: Comparison) -> str:
    project = one.reports[0].origin.project
    names = [report.origin.engine for report in one.reports]
    return page.document(f"{project} on {', '.join(names)}", "\n".join(_body(one, project, names)))


def _body(one: Comparison, project: str, names: list[str]) -> Iterator[str]:
    worst = page.WORST[one.exit_code]
    yield '<a class="skip" href="#content">To the results</a>'
    yield f'<header><p class="kind">Verification on {escape(" and ".join(names))}</p><h1>{escape(project)}</h1>'
    yield f'<div class="verdict {page.STYLES[worst]}"><span class="sign" aria-hidden="true">{SIGNS[worst]}</span><div>'
    for report in one.reports:
        yield f'<p class="big">{escape(report.origin.engine)}: {escape(headline(report))}</p>'
    yield '</div></div></header><main id="content">'
    for engine, found in one.differences:
        yield f"<h2>{escape(names[0])} beside {escape(engine)}</h2>"
        yield page.differences(found, names[0], engine) if found else '<p class="about">No difference.</p>'
    yield '<h2>Every criterion</h2><div class="panel"><table class="stack"><thead><tr><th scope="col">criterion</th>'
    yield "".join(f'<th scope="col">{escape(name)}</th>' for name in names) + "</tr></thead><tbody>"
    for first, found_ in _rows(one):
        yield f'<tr><th scope="row">{escape(first.criterion.sentence)}</th>'
        yield "".join(map(_cell, found_, names)) + "</tr>"
    yield "</tbody></table></div></main><footer><p>Made by shore verify. Secrets are taken out.</p></footer>"


def _cell(result: Result | None, engine: str) -> str:
    return page.cell(f"{page.badge(result.verdict)}<br>{escape(said(result))}" if result else "–", engine)


FORMS: Mapping[str, Callable[[Comparison], str]] = {"json": _json, "markdown": _markdown, "html": _html}
"""Those that can show several reports in one; the others are written once for each engine."""
