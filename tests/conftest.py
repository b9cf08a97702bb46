"""Fixtures for all tests: an ordinary user with an installation of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator, Iterator

import pytest

from tests.installed import Installed, shared_installation
from tests.rows import note
from tests.users import why_no_user

os.environ.setdefault("SHORE_IMAGES", "builtin")
"""Tests mean what the engine itself makes, also on a machine that reaches a registry; those of registries say so."""


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[Installed]:
    """A throwaway account with its own copy of the work tree and its own `.venv`; skips where none can be made."""
    reason = why_no_user()
    if reason:
        pytest.skip(reason)
    with shared_installation(os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex) as installed:
        yield installed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tests that show rows of the systems leave what became of them."""
    report = yield
    note(item, report)
    return report
