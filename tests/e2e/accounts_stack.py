"""A private copy of stacks/accounts with its own project, folders and ports, and people who use it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gallery_stack import Answer, Gallery, Member, until
from tests.installed import user_environment
from tests.shore import Shore

__all__ = ["FORMS", "PASSWORD", "Accounts", "Person", "copy_of_the_stack", "started"]

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
MAIL = "docker-compose.mail.yml"
FORMS = {
    "development": (("docker-compose.yml",), ("frontend", 5173)),
    "production": (("docker-compose.prod.yml", MAIL), ("frontend", 8080)),
}
NOT_COPIED = ("__pycache__", "node_modules", "dist", ".env", ".pytest_cache")


def copy_of_the_stack(folder: Path) -> Path:
    """The stack's tree in `folder`, readable by the services' own users, with secrets of its own."""
    shutil.copytree(ROOT / "stacks/accounts", folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    text = subprocess.run(["sh", "new-env.sh"], cwd=folder, capture_output=True, text=True, check=True).stdout
    (folder / ".env").write_text(text)
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
    project = f"accounts-{uuid.uuid4().hex[:6]}"
    if who == "ordinary user":
        installed = request.getfixturevalue("ordinary_user")
        home = installed.user.home / project
        home.mkdir()
        shore = Shore(
            copy_of_the_stack(home / "tree"), home, project=project, prefix=installed.user.prefix,
            binary=installed.shore, cache=installed.cache, extra={"PATH": user_environment()["PATH"]},
        )  # fmt: skip
        installed.user.give(home)
    else:
        engine, extra = ("native", {}) if who == "me" else ("docker", {"DOCKER_HOST": request.getfixturevalue("host")})
        shore = Shore(copy_of_the_stack(home / "tree"), home, engine, project, extra=extra)
    stack = Accounts(shore, "", front, files=files)
    try:
        stack.up("--build")
        yield stack
    finally:
        stack.run("down", "-v", "-t", "5")
