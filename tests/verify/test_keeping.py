"""Where a stack is to keep its data, by its files alone."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.model.service import Mount, Service
from longshore.model.stack import Stack, Volume
from longshore.verify.check import Subject
from longshore.verify.families.persists import criteria, places_of
from longshore.verify.families.safe import criteria as safe_criteria
from longshore.verify.keeping import marker_of, path_marker


def subject(*services: Service) -> Subject:
    stack = Stack("shop", "/", services={one.name: one for one in services}, volumes={"data": Volume("data", "data")})
    return Subject(stack, tuple(stack.services))


DATA = Mount("volume", "/data", "data")


@pytest.mark.parametrize(
    ("services", "places"),
    [
        ([Service("db", image="postgres:16")], ["server.db"]),
        ([Service("db", image="postgres:16", mounts=(DATA,))], ["server.db"]),
        ([Service("cache", image="redis:7")], []),
        ([Service("cache", image="redis:7", command=("redis-server", "--appendonly", "yes"))], ["server.cache"]),
        ([Service("cache", image="redis:7", tmpfs=("/data",))], ["server.cache"]),
        ([Service("web", image="x", mounts=(DATA,))], ["volume.data"]),
        ([Service("web", image="x", mounts=(Mount("volume", "/data", "data", read_only=True),))], []),
        ([Service("web", image="x", mounts=(Mount("volume", "/node_modules"), Mount("bind", "/a", "/b")))], []),
        ([Service("web", image="x", mounts=(DATA,)), Service("db", image="mysql:8", mounts=(DATA,))], ["server.db"]),
        ([Service("a", image="x", mounts=(DATA,)), Service("b", image="x", mounts=(DATA,))], ["volume.data"]),
        (
            [Service("web", image="x", extensions={"x-longshore": {"verify": {"persist": ["/srv/up loads"]}}})],
            ["path.web.srv-up-loads"],
        ),
    ],
)
def test_where_data_is_kept(services: list[Service], places: list[str]) -> None:
    assert [mark.about for mark in places_of(subject(*services))] == places


def test_data_in_a_folder_of_the_host_is_not_expected_to_go() -> None:
    bound = Service("db", image="postgres:16", mounts=(Mount("bind", "/var/lib/postgresql/data", "/srv/pg"),))
    assert [check.criterion.id for check in criteria(subject(bound))] == ["persists.server.db"]
    assert [check.criterion.id for check in criteria(subject(Service("db", image="postgres:16")))] == [
        "persists.server.db", "persists.removed"]  # fmt: skip


def test_the_password_of_a_store_is_that_of_its_command_line() -> None:
    store = Service("store", image="redis:7", command=("redis-server", "--requirepass", "s3cret"))
    marker = marker_of(store)
    assert marker
    assert marker.environment(store) == {"REDISCLI_AUTH": "s3cret"}


@pytest.mark.parametrize(
    ("safe", "said"),
    [
        ({"users": 1}, "other keys"),
        ("root", "other keys"),
        ({"user": "django"}, "no user id"),
        ({"image-size": "large"}, "no size"),
        ({"user": 1001, "image-size": "250MB", "limits": True, "read-only": True}, ""),
    ],
)
def test_what_is_wrong_in_safe_is_said(safe: object, said: str) -> None:
    web = Service("web", image="x", extensions={"x-longshore": {"verify": {"safe": safe}}})
    if not said:
        assert {check.criterion.id for check in safe_criteria(subject(web))} == {
            "safe.user.web", "safe.read-only.web", "safe.limits.web", "safe.logs"}  # fmt: skip
        return
    with pytest.raises(ShoreError, match=said):
        safe_criteria(subject(web))


def test_a_row_of_a_database_in_a_file(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "the app's.db") as database:
        database.execute("CREATE TABLE orders (id INTEGER)")
    marker = path_marker(str(tmp_path / "the app's.db"))

    def run(script: str) -> tuple[int, str]:
        done = subprocess.run(["sh", "-c", script, "sh", "shore-1"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert run(marker.read)[0] != 0
    assert run(marker.write) == (0, "")
    assert run(marker.read) == (0, "shore-1\n")
    assert run(marker.remove) == (0, "")
    with sqlite3.connect(tmp_path / "the app's.db") as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("orders",)]
