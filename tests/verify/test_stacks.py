"""The acceptance criteria of reference stacks, proven on copies of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import accounts_stack
from tests.e2e.backend_stack import copy_of_the_stack
from tests.shore import Shore
from tests.verify.test_broken import named, nothing_remains, verified

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SKIPPED = {
    "reachable.backend.links": "there is no page at /: HTTP 404 text/html",
    "recovers.request.backend": "is a development server, which starts anew and drops what it is at",
    **{f"recovers.killed.{name}": "whoever develops sees a service end" for name in ("db", "redis", "backend")},
}


@pytest.mark.shows("D8")
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


WORKER = ("recovers", "reloads")
NO_TIME = ('"--kill-after=55"', '"--kill-after=1"')
"""What a change of the worker's Dockerfile takes from a task under way."""


@pytest.mark.shows("C3")
def test_a_worker_finishes_its_task(tmp_path: Path) -> None:
    """A real Celery worker is asked to end while it sends a mail to somebody slow."""
    shore = Shore(accounts_stack.copy_of_the_stack(tmp_path / "tree"), tmp_path)
    results = verified(shore, *WORKER, services=("celery_worker",))
    assert named(results) == {}
    assert results["recovers.task.celery_worker"]["seen"] == "done, then it ended with 0"
    assert {"reloads.celery_worker", "recovers.killed.celery_worker"} <= set(results)
    nothing_remains(tmp_path)


def test_a_worker_that_does_not_is_named(tmp_path: Path) -> None:
    shore = Shore(accounts_stack.copy_of_the_stack(tmp_path / "tree"), tmp_path)
    dockerfile = shore.folder / "celery_worker/Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace(*NO_TIME))
    assert set(named(verified(shore, "recovers", services=("celery_worker",)))) == {"recovers.task.celery_worker"}
