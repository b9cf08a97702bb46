#!/usr/bin/env python3
"""Writes docs/reference/running-cases.md from tests/cases; `--check` only says whether it is up to date."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/running-cases.md"

HEAD = """\
# Running cases beside Docker Compose

{count} small projects, each with the commands that were given and what came of them: exit codes, output, the state of
the containers afterwards. The real one answered first ({heads}). `shore` has to answer the same
in three forms: native as root, native as an ordinary user, and on Docker. What it answers otherwise on purpose is
listed here, with the reason; a difference that is not listed is a failed test. {always} of the cases are played by
every `make test`, {short} by `LONGSHORE_CASES=1 pytest tests/cases` (fifteen minutes for each form).

The cases are in `tests/cases/table`, Compose's answers beside the commands in `tests/cases/answers`, the answers that
stand in their place in `tests/cases/differences.yaml`. To play or record them: `python -m tests.cases --help`.
This page is made of them by `scripts/cases_page.py`.
"""

NAMES = {"root": "native, root", "user": "native, user", "docker": "Docker"}


def page() -> str:
    """The whole page."""
    from tests.cases import table

    cases = table.cases().values()
    families = {family: list(group) for family, group in groupby(cases, lambda case: case.family)}
    heads = sorted({table.recorded(family)[0].partition(", ")[2] for family in families})
    short = sum(case.short for case in cases)
    always = sum(case.always for case in cases)
    head = HEAD.format(count=len(cases), heads="; ".join(heads), short=short, always=always)
    parts = [head, _differences(table.differences())]
    for family, members in families.items():
        parts.append(f"\n## {family}\n\n| case | what holds | {' | '.join(NAMES.values())} |\n|---|---|---|---|---|\n")
        parts += [_row(case, table.differences(), table.not_yet()) for case in members]
    return "".join(parts)


def _differences(every) -> str:
    lines = ["\n## What differs on purpose\n", "\n| case | where | why |\n|---|---|---|\n"]
    rows = ((one.case, "; ".join(NAMES[form] for form in one.forms), _cell(one.why)) for one in every)
    return "".join([*lines, *(f"| `{case}` | {forms} | {why} |\n" for case, forms, why in rows)])


def _row(case, differences, not_yet) -> str:
    other = {form for one in differences if one.case == case.name for form in one.forms}
    late = {form for form, names in not_yet.items() if case.name in names}
    marks = " | ".join("not yet" if form in late else "differs" if form in other else "=" for form in NAMES)
    return f"| `{case.name.partition('/')[2]}` | {_cell(case.says)} | {marks} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run scripts/cases_page.py")
    PAGE.write_text(page())
