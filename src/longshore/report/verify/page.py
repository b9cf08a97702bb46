"""A verification as one page of HTML that stands alone: nothing is loaded from anywhere, nothing runs. Pure.

Every text of a report is escaped; beside that the page's own policy allows its own style sheet and its own pictures,
and nothing else, so that a text that slipped through could do nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from longshore.report.times import prose
from longshore.report.verify.pictures import path_of, startup, topology
from longshore.report.verify.words import COUNTED, FAMILIES, SIGNS, counts, facts, figure, headline, said
from longshore.verify.result import Difference, Evidence, Family, Report, Result, Verdict

__all__ = ["STYLES", "WORST", "as_html", "badge", "cell", "differences", "document"]

STYLES = {Verdict.HOLDS: "good", Verdict.SHORT: "bad", Verdict.SKIPPED: "none", Verdict.UNCHECKED: "wait"}
WORST = {0: Verdict.HOLDS, 1: Verdict.SHORT, 2: Verdict.UNCHECKED}
"""By exit code: the verdict that the whole is shown with."""


def as_html(report: Report) -> str:
    """The whole page."""
    title = f"{report.origin.project}: {headline(report)}"
    return document(title, "\n".join(_body(report)))


def document(title: str, body: str) -> str:
    """A page of this look around `body`, which is HTML."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="longshore">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(report: Report) -> Iterator[str]:
    yield '<a class="skip" href="#content">To the results</a>'
    yield from _head(report)
    yield '<main id="content">'
    yield from _overview(report)
    yield from _changes(report)
    wrong = [one for one in report.results if one.verdict in (Verdict.SHORT, Verdict.UNCHECKED)]
    if wrong:
        yield '<h2 id="wrong">What does not hold</h2>'
        yield '<p class="about">Expected, seen, and what to do.</p>'
        yield f'<div class="criteria">{"".join(_criterion(one, "w-", shown=True) for one in wrong)}</div>'
    yield from _pictures(report)
    for family in Family:
        yield from _family(report, family)
    yield "</main>"
    yield "<footer><p>Made by shore verify. Secrets are taken out. Only what holds counts as proven; what was skipped "
    yield "says why.</p></footer>"


def _head(report: Report) -> Iterator[str]:
    worst = WORST[report.exit_code]
    told = " · ".join(counts(report.results))
    yield f'<header><p class="kind">Verification</p><h1>{escape(report.origin.project)}</h1>'
    yield f'<div class="verdict {STYLES[worst]}"><span class="sign" aria-hidden="true">{SIGNS[worst]}</span><div>'
    yield f'<p class="big">{escape(headline(report))}</p><p>{escape(told)}, in {prose(report.seconds)}</p>'
    yield "</div></div>"
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts(report.origin))
    yield f'<dl class="facts">{rows}</dl></header>'


def _overview(report: Report) -> Iterator[str]:
    yield '<h2>At a glance</h2><ul class="cards">'
    for family in Family:
        results = tuple(report.of(family))
        if not results:
            continue
        ordered = sorted(results, key=lambda one: list(Verdict).index(one.verdict))
        bar = "".join(f'<i class="{STYLES[one.verdict]}"></i>' for one in ordered)
        yield f'<li><a href="#{family.value}"><strong>{FAMILIES[family][0]}</strong>'
        yield f'<span class="bar" aria-hidden="true">{bar}</span>'
        yield f'<span class="counts">{", ".join(counts(results))}</span></a></li>'
    yield "</ul>"


def _changes(report: Report) -> Iterator[str]:
    if report.baseline:
        yield f'<h2 id="changes">Since {escape(report.baseline)}</h2>'
        if not report.changes:
            yield '<p class="about">No verdict has changed.</p>'
        else:
            yield differences(report.changes, "before", "now")


def differences(found: Iterable[Difference], first: str, second: str) -> str:
    """A table of differences, side by side."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("criterion", "differs in", first, second))
    rows = "".join(
        f'<tr><th scope="row">{escape(one.sentence)}<br><code>{escape(one.id)}</code></th>'
        f'<td class="word">{escape(one.what)}</td>'
        f"{cell(escape(one.first) or '–', first)}{cell(escape(one.second) or '–', second)}</tr>"
        for one in found
    )
    return f'<div class="panel"><table class="stack"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def cell(content: str, of: str) -> str:
    """A cell of a table, whose column is named in it where a phone shows no heads. `content` is HTML."""
    return f'<td data-of="{escape(of)}">{content}</td>'


def _pictures(report: Report) -> Iterator[str]:
    portrait = report.portrait
    if portrait.laps:
        path = " → ".join(f"{escape(name)} {prose(seconds)}" for name, seconds in path_of(portrait))
        yield '<h2 id="start-up">Start-up</h2>'
        yield '<p class="about">Until each service could be used. The critical path stands out.</p>'
        yield f'<div class="panel">{startup(portrait, narrow=False)}{startup(portrait, narrow=True)}'
        yield f"<p>Critical path: {path}</p>"
        yield f"<details><summary>As text</summary><pre>{escape(report.timeline)}</pre></details></div>"
    if portrait.nodes:
        yield '<h2 id="topology">Topology</h2>'
        yield '<p class="about">Published ports, services, volumes (▤), and the networks that services share.</p>'
        yield f'<div class="panel">{topology(portrait, narrow=False)}{topology(portrait, narrow=True)}</div>'
    if portrait.shots:
        yield '<h2 id="front-pages">Front pages</h2><p class="about">As a browser showed them.</p><div class="shots">'
        for shot in portrait.shots:
            name = escape(f"front page of {shot.service}")
            yield f'<figure><img src="data:image/png;base64,{escape(shot.png)}" width="{shot.width}" '
            yield f'height="{shot.height}" alt="{name}"><figcaption>{name}, {escape(shot.url)}</figcaption></figure>'
        yield "</div>"


def _family(report: Report, family: Family) -> Iterator[str]:
    results = tuple(report.of(family))
    if results:
        name, about = FAMILIES[family]
        yield f'<h2 id="{family.value}">{name}</h2><p class="about">{about}</p>'
        yield f'<div class="criteria">{"".join(_criterion(one, "", shown=False) for one in results)}</div>'


def _criterion(result: Result, prefix: str, *, shown: bool) -> str:
    criterion, seen = result.criterion, result.seen
    took = prose(result.seconds) if result.verdict is not Verdict.SKIPPED else ""
    return (
        f'<details id="{prefix}{escape(criterion.id)}"{" open" if shown else ""}><summary>{badge(result.verdict)}'
        f'<span class="what">{escape(criterion.sentence)}<span class="seen">{escape(said(result))}</span></span>'
        f'<span class="took">{took}</span></summary><div class="body"><dl>{"".join(_rows(result))}</dl>'
        f"{''.join(map(_evidence, seen.evidence))}</div></details>"
    )


def _rows(result: Result) -> Iterator[str]:
    criterion, seen = result.criterion, result.seen
    rows = [("expected", seen.expected, ""), ("seen", seen.seen, ""), ("reason", seen.reason, "")]
    if result.verdict is Verdict.SHORT:
        rows.append(("what to do", criterion.advice, ' class="todo"'))
    rows += [("tried", criterion.method, "")]
    rows += [(name, figure(name, value), "") for name, value in seen.measured]
    for name, value, style in rows:
        if value:
            yield f"<div><dt>{escape(name)}</dt><dd{style}>{escape(value)}</dd></div>"
    yield f"<div><dt>criterion</dt><dd><code>{escape(criterion.id)}</code></dd></div>"


def _evidence(one: Evidence) -> str:
    return (
        f'<details class="evidence"><summary>Evidence: {escape(one.title)}</summary>'
        f'<pre tabindex="0" role="region" aria-label="{escape(one.title)}">{escape(one.text)}</pre></details>'
    )


def badge(verdict: Verdict) -> str:
    """The verdict as a small sign with its words."""
    sign = f'<span aria-hidden="true">{SIGNS[verdict]}</span>'
    return f'<span class="badge {STYLES[verdict]}">{sign} {_word(verdict)}</span>'


def _word(verdict: Verdict) -> str:
    return "not checked" if verdict is Verdict.UNCHECKED else COUNTED[verdict][0]
