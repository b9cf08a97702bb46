"""The table: every case, by topic."""

from __future__ import annotations

from tests.native.image.buildkit.case import Case
from tests.native.image.buildkit.cases import (
    adding,
    copying,
    corners,
    grammar,
    heredocs,
    ignoring,
    refusing,
    running,
    settings,
    stages,
    variables,
)

__all__ = ["CASES", "TOPICS"]

TOPICS = (grammar, variables, settings, stages, copying, adding, ignoring, heredocs, running, refusing, corners)
CASES: tuple[Case, ...] = tuple(case for topic in TOPICS for case in topic.CASES)
