"""The answers that were written down: BuildKit's, and what the native engine answers in their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.native.image.buildkit.case import Case
from tests.native.image.buildkit.cases import TOPICS

__all__ = ["BUILDKIT", "HEADER", "OURS", "SAMPLE", "write_ours"]

HERE = Path(__file__).parent
ONE_OF = 8


def _recorded(name: str) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """The first line, which says when and by what a file's answers were recorded, and the answers by their cases."""
    head, *lines = map(json.loads, (HERE / name).read_text().splitlines())
    return head, {answer.pop("name"): answer for answer in lines}


HEADER, BUILDKIT = _recorded("answers.jsonl")
OURS = _recorded("differences.jsonl")[1]
"""What the native engine answers where it is known, and said why, that it is not what BuildKit answers."""
SAMPLE: tuple[Case, ...] = tuple(case for topic in TOPICS for case in topic.CASES[::ONE_OF])
"""One case of eight, of every topic."""


def write_ours(answers: dict[str, dict[str, Any]], recorded: str) -> None:
    """Write `differences.jsonl`, on the day `recorded`."""
    lines = [json.dumps({"recorded": recorded})]
    lines += [json.dumps({"name": name, **answer}, ensure_ascii=False) for name, answer in answers.items()]
    (HERE / "differences.jsonl").write_text("\n".join(lines) + "\n")
