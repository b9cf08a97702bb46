#!/usr/bin/env python3
"""Writes docs/reference/dockerfiles.md from tests/native/image/buildkit; `--check` only compares."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/reference/dockerfiles.md"

HEAD = """\
# Dockerfiles on the native engine

The native engine carries Dockerfiles out by itself. {count} small ones were given to BuildKit {version}
({recorded}), and the whole tree (type, mode, owner, date, size, content, link), the configuration or the refusal with
its line was written down; the native builder has to come to the same, as root and as an ordinary user. Where it does
not, it is listed here with the reason; a difference that is not listed is a failed test.

The Dockerfiles are in `tests/native/image/buildkit/cases`, BuildKit's answers in `answers.jsonl` beside them, the
answers that stand in their place in `differences.jsonl`. This page is made of them by `scripts/builder_page.py`.
"""

FOR_USERS = """
## Built by an ordinary user

The files of an ordinary user's layers are that user's: owners and set-id bits are not compared there, and what
follows cannot be shown at all.

| why | cases |
|---|---|
"""


def page() -> str:
    """The whole page."""
    from tests.native.image.buildkit.cases import CASES
    from tests.native.image.buildkit.recorded import BUILDKIT, HEADER, OURS

    differing = sorted((case for case in CASES if case.differs), key=lambda case: case.differs)
    parts = [HEAD.format(count=len(CASES), version=HEADER["buildkit"], recorded=HEADER["recorded"])]
    for reason, cases in groupby(differing, key=lambda case: case.differs):
        parts.append(f"\n## {_title(reason)}\n\n{_sentence(reason)}.\n")
        for case in cases:
            parts.append(f"\n`{case.name}`\n\n```dockerfile\n{case.dockerfile.strip()}\n```\n\n")
            parts.append(_table(BUILDKIT[case.name], OURS[case.name]))
    parts.append(FOR_USERS)
    kept = sorted((case for case in CASES if case.root_only), key=lambda case: case.root_only)
    for reason, cases in groupby(kept, key=lambda case: case.root_only):
        parts.append(f"| {_cell(_sentence(reason))} | {', '.join(f'`{case.name}`' for case in cases)} |\n")
    return "".join(parts)


def _table(theirs, ours) -> str:
    told, other = _flat(theirs), _flat(ours)
    names = [name for name in {**told, **other} if told.get(name) != other.get(name)]
    rows = (f"| {name} | {_code(told.get(name))} | {_code(other.get(name))} |\n" for name in names)
    return "".join(["| | BuildKit | here |\n|---|---|---|\n", *rows])


def _flat(answer) -> dict[str, str]:
    if "refused" in answer:
        return {"refused": answer["refused"] or "refused", "line": str(answer["line"])}
    tree = {f"`{path}`": line for path, line in answer["tree"].items()}
    return {**tree, **{name: str(value) for name, value in answer["config"].items()}}


def _code(text: str | None) -> str:
    return f"`{_cell(text)}`" if text else "–"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _title(reason: str) -> str:
    return _sentence(re.split("[:;,]", reason)[0])


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run scripts/builder_page.py")
    PAGE.write_text(page())
