"""The service in this process, on databases of its own; mails are kept in a list instead of going to the broker."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from backend.shared.mail import Mail
from backend.shared.testing import own_databases

PASSWORD = "correct horse battery"


@dataclass
class Postbox:
    """Stands in for the way to the broker, and can be away."""

    mails: list[Mail] = field(default_factory=list)
    away: bool = False

    def hand_over(self, mail: Mail) -> bool:
        if not self.away:
            self.mails.append(mail)
        return not self.away

    def last(self, kind: str) -> Mail:
        return [mail for mail in self.mails if mail.kind == kind][-1]


@dataclass
class Visitor:
    """A client with cookies of its own."""

    client: TestClient
    postbox: Postbox

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/auth{path}", json=body)

    def register(self, email: str = "ada@example.com", name: str = "Ada") -> str:
        """Register and verify; returns the address."""
        assert self.post("/register", email=email, name=name, password=PASSWORD).status_code == 202
        assert self.post("/verify", token=self.postbox.last("verify").token).status_code == 204
        return email

    def login(self, email: str = "ada@example.com", password: str = PASSWORD) -> Any:
        return self.post("/login", email=email, password=password)


@pytest.fixture
def settings() -> Iterator[Settings]:
    with own_databases() as values:
        yield Settings(**values, refresh_leeway_seconds=0)


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def visitor(settings: Settings, postbox: Postbox) -> Iterator[Visitor]:
    app = create_app(settings)
    with TestClient(app) as client:
        app.state.office.mailing.post = postbox
        yield Visitor(client, postbox)
