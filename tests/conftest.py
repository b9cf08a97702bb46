"""Fixtures for all tests: an ordinary user with an installation of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.installed import Installed, install
from tests.users import throwaway_user, why_no_user


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[Installed]:
    """A throwaway account with its own copy of the work tree and its own `.venv`; skips where none can be made."""
    reason = why_no_user()
    if reason:
        pytest.skip(reason)
    with throwaway_user() as user:
        yield install(user)
