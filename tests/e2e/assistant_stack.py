"""A private copy of stacks/assistant with its own project, folders and ports; people on its stand-in of Telegram."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gallery_stack import until
from tests.e2e.private import copied, fresh_env, shore_of
from tests.shore import Done, Shore

__all__ = ["FORMS", "IMAGES", "Assistant", "copy_of_the_stack", "started", "until"]

FORMS = {
    "development": ("docker-compose.yml",),
    "production": ("docker-compose.prod.yml", "docker-compose.stand-in.yml"),
}
IMAGES = ("python:3.11-slim", "node:20-slim", "nginx:alpine")
NOT_COPIED = ("node_modules", ".next", "out", "*.db*", "*.log", "bot.alive", ".floor-*")
TOKEN = "4242:a-token-of-the-tests"


def copy_of_the_stack(folder: Path, form: str) -> Path:
    """The stack's tree in `folder`; for production with secrets of its own and the stand-in for Telegram."""
    copied("assistant", folder, *NOT_COPIED)
    if form == "production":
        fresh_env(folder, ("BOT_TOKEN", TOKEN), ("TELEGRAM_API_URL", "http://telegram:8081"))
    return folder


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Client:
    """Requests to one address; every status is an answer, no answer at all is 0. `cookie` is sent once there is one."""

    base: str
    cookie: str = ""

    def ask(self, method: str, path: str, value: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        named = {name.replace("_", "-"): content for name, content in headers.items()}
        if self.cookie:
            named["Cookie"] = self.cookie
        if value is not None:
            named["Content-Type"] = "application/json"
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.base + path, body, named, method=method)
        try:
            with _opener.open(request, timeout=60) as answer:
                return answer.status, _lower(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, _lower(error.headers), error.read()
        except OSError as error:
            return 0, {}, str(error).encode()

    def ok(self, method: str, path: str, value: Any = None) -> Any:
        status, _, body = self.ask(method, path, value)
        assert status == 200, f"{method} {path}: {status} {body[:500]!r}"
        return json.loads(body)

    def say(self, text: str) -> list[tuple[str, Any]]:
        """On the web: the events of the answer."""
        status, headers, body = self.ask("POST", "/api/chat", {"text": text})
        assert status == 200, body
        assert headers["content-type"].startswith("text/event-stream")
        blocks = [block.split("\n") for block in body.decode().split("\n\n") if block.startswith("event: ")]
        return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]

    def dialogues(self, words: str = "") -> list[dict[str, Any]]:
        return list(self.ok("GET", f"/api/dialogues?q={words}")["items"])


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass
class Assistant:
    """One form of the stack under test."""

    shore: Shore
    form: str
    seen: dict[tuple[str, int], int] = field(default_factory=dict)

    def words(self, *words: str) -> tuple[str, ...]:
        return (*(part for file in FORMS[self.form] for part in ("-f", file)), *words)

    def up(self, *words: str) -> Done:
        self.seen.clear()
        return self.shore.ok(*self.words("up", "-d", "--wait", "--ports", "auto", *words), timeout=1200)

    def run(self, *words: str, timeout: float = 300) -> Done:
        return self.shore.run(*self.words(*words), timeout=timeout)

    def inside(self, service: str, *words: str, timeout: float = 120) -> Done:
        """A command in a running service."""
        return self.run("exec", "-T", service, *words, timeout=timeout)

    def rows(self) -> dict[str, dict[str, Any]]:
        """What `ps` says of each service."""
        listed = self.run("ps", "-a", "--format", "json")
        assert listed.code == 0, listed.text
        return {row["Service"]: row for row in map(json.loads, listed.out.splitlines())}

    def address(self, service: str, target: int) -> str:
        if (service, target) not in self.seen:
            publishers = self.rows()[service]["Publishers"] or ()
            found = [p["PublishedPort"] for p in publishers if p["TargetPort"] == target and p["PublishedPort"]]
            self.seen[service, target] = int(found[0])
        return f"http://127.0.0.1:{self.seen[service, target]}"

    @property
    def front(self) -> Client:
        """The dashboard's own address; signed in where there is a password."""
        client = Client(self.address("frontend", 3000))
        if self.form == "production":
            given = {"password": self.setting("DASHBOARD_PASSWORD")}
            _, headers, _ = client.ask("POST", "/api/session", given)
            client.cookie = headers["set-cookie"].split(";")[0]
        return client

    def setting(self, name: str) -> str:
        """What .env says."""
        lines = (self.shore.folder / ".env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def write(self, person: int, text: str) -> None:
        """Somebody on Telegram."""
        Client(self.address("telegram", 8081)).ok(
            "POST", f"/people/{person}/messages", {"text": text, "name": f"Person {person}"}
        )

    def answers(self, person: int) -> list[str]:
        said = Client(self.address("telegram", 8081)).ok("GET", f"/people/{person}/messages")["messages"]
        return [message["text"] for message in said if message["from"] == "bot"]

    def edit(self, name: str, old: str, new: str) -> None:
        """Save a changed file as an editor does: the same file, other content."""
        path = self.shore.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new))


@contextlib.contextmanager
def started(who: str, request: pytest.FixtureRequest, home: Path, form: str) -> Iterator[Assistant]:
    """The `production` or `development` form, up and healthy; `who` is one of EVERYBODY; "docker" needs
    the fixture `host`."""
    project = f"assistant-{uuid.uuid4().hex[:6]}"
    stack = Assistant(shore_of(who, request, home, project, lambda folder: copy_of_the_stack(folder, form)), form)
    try:
        stack.up("--build")
        yield stack
    finally:
        stack.run("down", "-v", "-t", "5")
