"""A database at the newest revision for each test, and settings that point at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.db import Database
from assistant.history import History
from assistant.migrate import upgrade
from assistant.settings import Settings
from tests.servers import Model, Telegram, model_stand_in, telegram_stand_in


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the stack its own settings are in the environment; they are not for these tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "assistant.db"
    upgrade(path)
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """The file of this test's database."""
    return Path(shutil.copy(template, tmp_path / "assistant.db"))


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = Database(path)
    yield made
    made.close()


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


@pytest.fixture
def make_settings(path: Path) -> Callable[..., Settings]:
    return lambda **values: Settings(**{"database": path, "logs": None, **values})


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings()


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with telegram_stand_in() as running:
        yield running


@pytest.fixture
def model() -> Iterator[Model]:
    with model_stand_in() as running:
        yield running


@pytest.fixture
def rows(database: Database) -> Callable[[str], list[Any]]:
    """What SQL says of the test's database."""

    def ask(sql: str) -> list[Any]:
        with database.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    return ask
