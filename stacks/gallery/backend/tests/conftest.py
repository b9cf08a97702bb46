"""One database per run, emptied before each test; the application as a client sees it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, make_url

from app.application import create_app
from app.settings import Settings
from tests.pictures import jpeg
from tests.server import postgres
from tests.wire import Wire

SCHEMA = Path(__file__).parent.parent / "database.sql"
KEYS = {"secret_key": "a" * 40, "refresh_secret_key": "b" * 40}
PASSWORD = "correct horse"


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A fresh database with the schema of database.sql."""
    with postgres() as server:
        name = f"gallery_test_{os.getpid()}"
        plain = server.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = make_url(plain).set(database=name).render_as_string(hide_password=False)
        with psycopg.connect(url) as connection:
            connection.execute(SCHEMA.read_text())
        yield url
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def sql_shell(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Straight to the rows; every table is empty."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = sql.SQL(", ").join(sql.Identifier(row[0]) for row in tables)
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        yield connection


@pytest.fixture
def settings(database_url: str, sql_shell: object, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        **KEYS,
        upload_dir=tmp_path / "uploads",
        error_log=tmp_path / "error.log",
        trusted_proxy="",
        public_url="http://gallery.test",
        refresh_leeway_seconds=0,
        max_pixels=2_000_000,
        max_file_bytes=1_000_000,
        max_request_bytes=2_000_000,
        max_files=4,
        bot_token="bot-token-of-the-tests",
    )


@dataclass
class Member:
    """Somebody who is signed in."""

    http: TestClient
    name: str
    token: str
    album: str = ""

    def call(self, method: str, path: str, **options: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        response = self.call("GET", path, **options)
        assert response.status_code == 200, response.text
        return response.json()

    def send(self, *files: tuple[str, bytes], album: str | None = None) -> Response:
        parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
        return self.call("POST", "/api/photos", data={"album_id": album or self.album}, files=parts)

    def photo(self, name: str = "evening.jpg", content: bytes | None = None) -> dict[str, Any]:
        """Upload one and wait until its thumbnails are there."""
        response = self.send((name, content or jpeg()))
        assert response.status_code == 201, response.text
        return self.settled(response.json()[0]["id"])

    def settled(self, photo_id: str) -> dict[str, Any]:
        return until(lambda: (p := self.get(f"/api/photos/{photo_id}"))["status"] != "processing" and p)


def until(probe: Callable[[], Any], seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen in {seconds} s")


def join(http: TestClient, name: str) -> Member:
    body = {"username": name, "password": PASSWORD, "display_name": name.title()}
    response = http.post("/api/auth/register", json=body)
    assert response.status_code == 201, response.text
    member = Member(http, name, response.json()["access_token"])
    member.album = member.get("/api/albums")[0]["id"]
    return member


@pytest.fixture
def http(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def ann(http: TestClient) -> Member:
    return join(http, "ann")


@pytest.fixture
def bob(http: TestClient, ann: Member) -> Member:
    return join(http, "bob")


@pytest.fixture
def files_of(settings: Settings) -> Callable[[str], list[str]]:
    """What the volume holds of a photo, incoming file included."""

    def found(photo_id: str) -> list[str]:
        place = settings.upload_dir / "photos" / UUID(photo_id).hex[:2] / photo_id
        incoming = settings.upload_dir.glob(f"incoming/{photo_id}*")
        return sorted(path.name for path in [*incoming, *place.glob("*")])

    return found


@pytest.fixture
def wire(database_url: str) -> Iterator[Wire]:
    parts = conninfo_to_dict(database_url)
    made = Wire(str(parts["host"]), int(parts.get("port") or 5432))
    yield made
    made.cut()


@pytest.fixture
def wired(settings: Settings, wire: Wire) -> Settings:
    """The same database, over the wire."""
    url = make_url(settings.sqlalchemy_url).set(host="127.0.0.1", port=wire.port)
    return settings.model_copy(
        update={"database_url": type(settings.database_url)(url.render_as_string(hide_password=False))}
    )


@pytest.fixture
def orm(database_url: str) -> Iterator[Any]:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()
