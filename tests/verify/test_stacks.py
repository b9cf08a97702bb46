"""The acceptance criteria of a reference stack, proven on a copy of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.backend_stack import copy_of_the_stack
from tests.shore import Shore
from tests.verify.test_broken import named, nothing_remains, verified

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SKIPPED = {
    "reachable.backend.links": "there is no page at /: HTTP 404 text/html",
    "recovers.request.backend": "is a development server, which starts anew and drops what it is at",
    **{f"recovers.killed.{name}": "whoever develops sees a service end" for name in ("db", "redis", "backend")},
}


def test_backend(tmp_path: Path) -> None:
    shore = Shore(copy_of_the_stack(tmp_path / "tree"), tmp_path)
    results = verified(shore, "starts", "reachable", "isolated", "recovers", "yours")
    assert named(results) == {}
    skipped = {ident: seen["reason"] for ident, seen in results.items() if seen["verdict"] == "skipped"}
    assert set(skipped) == set(SKIPPED)
    for ident, reason in SKIPPED.items():
        assert reason in skipped[ident]
    assert {ident for ident in results if ident.startswith("yours.")} >= {
        "yours.backend.d1-health", "yours.backend.d3-applied", "yours.db.d4-database", "yours.backend.d5-user"
    }  # fmt: skip
    nothing_remains(tmp_path)
