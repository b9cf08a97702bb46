"""Who runs a reference stack in a test: `make test` has an answer for each form, and LONGSHORE_TEST_WHO another one.

Three times the same stack would take `make test` over its hour, so each form runs there as one or two of them; all
play with `LONGSHORE_TEST_WHO="me,ordinary user,docker,podman" pytest tests/e2e/test_accounts.py`, say."""

from __future__ import annotations

import os

__all__ = ["EVERYBODY", "who"]

EVERYBODY = ("me", "ordinary user", "docker", "podman")


def who(*always: str) -> list[str]:
    """The parameters of a fixture: `always`, or whom LONGSHORE_TEST_WHO names, with commas."""
    asked = os.environ.get("LONGSHORE_TEST_WHO")
    named = list(always) if asked is None else [name.strip() for name in asked.split(",")]
    unknown = set(named) - set(EVERYBODY)
    assert not unknown, f"LONGSHORE_TEST_WHO: {', '.join(unknown)}; there are: {', '.join(EVERYBODY)}"
    return named
