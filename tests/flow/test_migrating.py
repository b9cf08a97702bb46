"""`migrate` on an engine in memory: whose migrations are meant, and what happens when one fails."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from longshore.engine.base import RunRequest
from longshore.flow.migrate import choose_target, targets_of
from longshore.model.errors import ShoreError, UsageError
from longshore.model.service import Build, Service
from longshore.model.stack import Stack
from longshore.state.events import Emit
from tests.cli.conftest import Stage, _private, shore
from tests.cli.scenes import Scene, service, stack
from tests.cli.stage import StageEngine

__all__ = ["_private", "shore"]


def history(folder: Path) -> Build:
    """A folder with two migrations of Alembic."""
    versions = folder / "migrations/versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (folder / "migrations/env.py").write_text("")
    for name, parent in (("a1", None), ("b2", "a1")):
        (versions / f"{name}.py").write_text(f'"""{name}"""\nrevision = "{name}"\ndown_revision = {parent!r}\n')
    return Build(str(folder))


def asking(name: str, value: Any, **fields: Any) -> Service:
    return service(name, extensions={"x-longshore": {"migrate": value}}, **fields)


def names(*services: Service) -> list[tuple[str, str, dict[str, str]]]:
    return [(one.service, one.history.tool, dict(one.commands)) for one in targets_of(stack(*services))]


def test_whose_migrations_there_are(tmp_path: Path) -> None:
    build = history(tmp_path / "app")
    assert names(service("web")) == []
    assert names(service("web", build=build), service("worker", build=build)) == [("web", "alembic", {})]
    assert names(service("web", build=build), asking("worker", True, build=build)) == [("worker", "alembic", {})]
    own = {"up": "make up", "status": 1}
    assert names(asking("web", own), service("app", build=build)) == [
        ("web", "", {"up": "make up", "status": "1"}), ("app", "alembic", {}),
    ]  # fmt: skip
    assert names(asking("web", {"down": "x"}, build=build)) == [("web", "alembic", {"down": "x"})]
    assert names(service("web", extensions={"x-longshore": "y"})) == []


def test_one_target_is_meant(tmp_path: Path) -> None:
    first, second = service("a", build=history(tmp_path / "a")), service("b", build=history(tmp_path / "b"))
    assert choose_target(stack(first), "").service == "a"
    assert choose_target(stack(first, second), "b").service == "b"
    with pytest.raises(UsageError, match="several services have migrations: a, b") as caught:
        choose_target(stack(first, second), "")
    assert caught.value.hint == "name one of them"
    with pytest.raises(ShoreError, match="no service has migrations of Alembic or Django"):
        choose_target(stack(service("x")), "")
    with pytest.raises(ShoreError, match="x has no migrations that are known") as error:
        choose_target(stack(service("x")), "x")
    assert error.value.hint == "name them: x-longshore.migrate"
    with pytest.raises(ShoreError, match='there is no service "y"'):
        choose_target(stack(first), "y")


class Tool(StageEngine):
    """Alembic in a one-off container: how many of two migrations there are, what fails, what models still lack."""

    there: int = 1
    half: bool = False
    fails: tuple[str, ...] = ()
    unmade: str = ""
    told: list[str]

    async def run(self, stack: Stack, request: RunRequest, emit: Emit) -> int:
        words = " ".join(request.service.command or ())
        self.told.append(words)
        self.ran = request
        if words == "alembic current":
            os.write(1, (("", "a1\n", "b2 (head)\n")[self.there]).encode())
        elif words.startswith("alembic upgrade"):
            self.there = 2 if self.half or words not in self.fails else self.there
            os.write(2, b"sqlalchemy.exc.ProgrammingError: no such table\n")
        elif words == "alembic check":
            os.write(1, self.unmade.encode())
        return 3 if words in self.fails else 0


@pytest.fixture
def tool(shore: Stage, tmp_path: Path) -> Tool:
    engine = Tool()
    engine.told = []
    environment = {"DATABASE_URL": "sqlite:////data/db.sqlite"}
    shore.set(Scene(stack(service("app", build=history(tmp_path / "app"), environment=environment)), engine))
    return engine


def test_a_migration_that_fails_and_changed_nothing(shore: Stage, tool: Tool, tmp_path: Path) -> None:
    tool.fails = ("alembic upgrade head",)
    said = shore("migrate", "up")
    assert said.code == 1
    assert "✗ app: migrating failed with code 3; the database is as before\n" in said.err
    assert "no such table" in said.err
    assert said.err.endswith("  mend the migration and run it again; the services run on as they were\n")
    assert not any("sqlite3.connect" in words and "live.backup(beside)" in words for words in tool.told)


def test_a_migration_that_fails_half_way_is_taken_back(shore: Stage, tool: Tool) -> None:
    tool.fails, tool.half = ("alembic upgrade head",), True
    said = shore("migrate", "up")
    assert "the database is as before; what was done to it is kept as /data/db.sqlite_before_2" in said.failure
    assert "live.backup(beside)" in tool.told[-1]
    tool.there = 1
    said = shore("migrate", "up", "--no-backup")
    assert "a part of it is applied: there was no point to go back to" in said.failure


def test_a_point_that_cannot_be_kept_stops_it(shore: Stage, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    from longshore.flow import databases

    tool.fails = (f"python -c {databases.SQLITE_OUT} /data/db.sqlite",)
    said = shore("migrate", "up")
    assert "✗ the backup of /data/db.sqlite failed with code 3\n" in said.failure
    assert "alembic upgrade head" not in tool.told


def test_what_models_have_and_no_migration_says(shore: Stage, tool: Tool) -> None:
    tool.there, tool.fails = 2, ("alembic check",)
    tool.unmade = "INFO begins\nNew upgrade operations detected: [add x]\n\nand more\n"
    said = shore("migrate", "status")
    assert (said.code, said.out.splitlines()[2:]) == (1, [
        "unmade   New upgrade operations detected: [add x]", "unmade   and more",
    ])  # fmt: skip
    tool.unmade = "something else is wrong"
    assert shore("migrate", "status").code == 0
    tool.fails, tool.unmade = (), "New upgrade operations detected"
    assert shore("migrate", "status").code == 0


def test_a_state_that_cannot_be_asked(shore: Stage, tool: Tool) -> None:
    tool.fails = ("alembic current",)
    said = shore("migrate", "status")
    assert (said.code, "✗ the state of migrations cannot be asked (code 3)\n" in said.err) == (1, True)


def test_each_command_runs_alone_without_the_entry_point(shore: Stage, tool: Tool) -> None:
    assert shore("migrate", "status").code == 1
    request = tool.ran
    assert request.name.startswith("demo-app-migrate-")
    assert (request.remove, request.interactive, request.detach, request.tty) == (True, False, False, False)
    assert request.service.entrypoint == ()
    assert request.service.ports == ()


def test_commands_of_the_file(shore: Stage, tmp_path: Path) -> None:
    engine = Tool()
    engine.told = []
    own = {"up": "make up", "status": "cat state", "down": "make down"}
    shore.set(Scene(stack(asking("app", own)), engine))
    assert shore("migrate", "up").err.splitlines()[-1].startswith("all applied in ")
    assert engine.told == ["sh -c cat state", "sh -c make up"]
    assert shore("migrate", "down").err.splitlines()[-1].startswith("the last taken back in ")
    assert engine.told[-1] == "sh -c make down"
    said = shore("migrate", "make")
    assert said.failure.splitlines()[-2:] == [
        "✗ it is not known how to make migrations of app", "  say it: x-longshore: {migrate: {make: COMMAND}}",
    ]  # fmt: skip


def test_up_applies_what_asks_for_it_first(shore: Stage, tmp_path: Path) -> None:
    engine = Tool()
    engine.told = []
    app = asking("app", True, build=history(tmp_path / "app"))
    shore.set(Scene(stack(app), engine))
    said = shore("up", "-d")
    assert (said.code, "app: 1 migrations applied in " in said.err) == (0, True), said.err
    assert [word for word in engine.told if word.startswith("alembic")] == ["alembic current", "alembic upgrade head"]
    shore("up", "-d")
    assert engine.told[-1] == "alembic current"
    engine.told.clear()
    shore("up", "--no-start")
    assert engine.told == []
