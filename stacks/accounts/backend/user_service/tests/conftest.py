"""The service in this process, on databases of its own, and people with tokens."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from redis import Redis
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from backend.shared.security import Claims, issue
from backend.shared.testing import KEY, own_databases


@dataclass
class Person:
    client: TestClient
    id: str
    session: str
    token: str

    def ask(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.request(method, f"/api/users{path}", headers=headers, **options)

    def found(self, words: str) -> list[str]:
        return [item["name"] for item in self.ask("GET", "/search", params={"q": words}).json()["items"]]


Join = Callable[..., Person]


@pytest.fixture
def settings() -> Iterator[Settings]:
    with own_databases() as values:
        yield Settings(**values, page=3, avatar_bytes=200_000)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as found:
        yield found


@pytest.fixture
def join(client: TestClient) -> Join:
    """Somebody who has signed in and come to their profile; further values change it."""

    def joining(name: str, **values: Any) -> Person:
        claims = Claims(uuid4().hex, uuid4().hex, uuid4().hex, name)
        person = Person(client, claims.subject, claims.session, issue("access", KEY, claims, 60))
        assert person.ask("GET", "/me").json()["name"] == name
        if values:
            assert person.ask("PATCH", "/me", json=values).status_code == 200
        return person

    return joining


@pytest.fixture
def redis(settings: Settings) -> Iterator[Any]:
    with Redis.from_url(settings.redis_url.get_secret_value()) as found:
        yield found


def picture(width: int = 300, height: int = 200, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(out, kind, **options)
    return out.getvalue()
