"""A private copy of stacks/accounts with its own project, folders and ports, and people who use it."""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gallery_stack import Answer, Gallery, Member, until
from tests.e2e.private import copied, fresh_env, shore_of

__all__ = ["FORMS", "PASSWORD", "Accounts", "Person", "copy_of_the_stack", "started"]

PASSWORD = "correct horse battery"
MAIL = "docker-compose.mail.yml"
FORMS = {
    "development": (("docker-compose.yml",), ("frontend", 5173)),
    "production": (("docker-compose.prod.yml", MAIL), ("frontend", 8080)),
}
NOT_COPIED = ("node_modules", "dist", ".pytest_cache")


def copy_of_the_stack(folder: Path) -> Path:
    """The stack's tree in `folder`, with secrets of its own."""
    fresh_env(copied("accounts", folder, *NOT_COPIED))
    return folder


@dataclass
class Person(Member):
    """A client of the pages' address; mails are looked up at `mail`."""

    mail: str = ""
    email: str = ""

    def mails(self, subject: str = "") -> list[dict[str, Any]]:
        found = Member(self.mail).ok("GET", f"/api/mails?to={self.email}")
        return [mail for mail in found if subject in mail["subject"]]

    def post(self, path: str, **value: Any) -> Answer:
        return self.ask("POST", f"/api/auth{path}", json.dumps(value).encode(), Content_Type="application/json")

    def register(self, name: str) -> None:
        self.email = f"{name}-{uuid.uuid4().hex[:6]}@example.com"
        assert self.post("/register", email=self.email, name=name, password=PASSWORD).status == 202

    def verify(self) -> None:
        mail = until(lambda: self.mails("Confirm"), 60)[0]
        token = re.search(r"/verify#(\S+)", mail["text"])
        assert token
        assert self.post("/verify", token=token[1]).status == 204

    def sign_in(self) -> Person:
        answer = self.post("/login", email=self.email, password=PASSWORD)
        assert answer.status == 200, answer
        self.token = answer.json["access_token"]
        return self

    def join(self, name: str) -> Person:
        self.register(name)
        self.verify()
        self.sign_in().ok("GET", "/api/users/me")
        return self

    def found(self, words: str) -> list[str]:
        return [person["name"] for person in self.ok("GET", f"/api/users/search?q={words}")["items"]]


@dataclass
class Accounts(Gallery):
    """One form of the stack under test, of one or several files."""

    files: tuple[str, ...] = ()

    def words(self, *words: str) -> tuple[str, ...]:
        return (*(word for file in self.files for word in ("-f", file)), *words)

    def person(self) -> Person:
        return Person(self.address, mail=f"http://127.0.0.1:{self.port('mail', 8025)}")


@contextlib.contextmanager
def started(who: str, request: pytest.FixtureRequest, home: Path, form: str) -> Iterator[Accounts]:
    """The form, up and healthy; `who` is "me", "ordinary user" or "docker"."""
    files, front = FORMS[form]
    shore = shore_of(who, request, home, f"accounts-{uuid.uuid4().hex[:6]}", copy_of_the_stack)
    stack = Accounts(shore, "", front, files=files)
    try:
        stack.up("--build")
        yield stack
    finally:
        stack.run("down", "-v", "-t", "5")
