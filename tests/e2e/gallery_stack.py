"""A private copy of stacks/gallery with its own project, folders and ports, and a client for its API."""

from __future__ import annotations

import contextlib
import json
import struct
import time
import urllib.error
import urllib.request
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.private import copied, fresh_env, shore_of
from tests.shore import Done, Shore

__all__ = ["PASSWORD", "Answer", "Gallery", "Member", "copy_of_the_stack", "picture", "started", "until"]

PASSWORD = "correct horse battery"
FORMS = {
    "production": ("docker-compose.yml", ("frontend", 80)),
    "development": ("docker-compose.dev.yml", ("frontend", 5173)),
}
NOT_COPIED = ("node_modules", "dist", ".pytest_cache", ".ruff_cache", ".mypy_cache")


def copy_of_the_stack(folder: Path) -> Path:
    """The stack's tree in `folder`, without secrets of its own."""
    return copied("gallery", folder, *NOT_COPIED)


def picture(width: int = 640, height: int = 420, hue: int = 0) -> bytes:
    """A PNG of a soft gradient, drawn with nothing but the standard library."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = bytearray()
    for y in range(height):
        down = y * 255 // height
        rows.append(0)
        for x in range(width):
            across = x * 255 // width
            rows += bytes(((across + hue) % 256, (down // 2 + 60) % 256, (255 - across // 2 + hue * 2) % 256))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 6))
        + chunk(b"IEND", b"")
    )


def until(what: Any, seconds: float = 30, pause: float = 0.1) -> Any:
    """The first truthy answer of `what`; an AssertionError when none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not happen in {seconds:.0f} s"
        time.sleep(pause)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Member:
    """A client of one address, signed in once it has a token. Every status is an answer; no answer at all is 0."""

    base: str
    token: str = ""
    album: str = ""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.base + path, body, named, method=method)
        try:
            with _opener.open(request, timeout=30) as answer:
                return Answer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers), error.read())
        except OSError as error:
            return Answer(0, {}, str(error).encode())

    def ok(self, method: str, path: str, value: Any = None) -> Any:
        body = None if value is None else json.dumps(value).encode()
        answer = self.ask(method, path, body, **({"Content_Type": "application/json"} if body else {}))
        assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:500]!r}"
        return answer.json if answer.body else None

    def enter(self, name: str = "ada") -> Member:
        """Join, or sign in where one has joined before."""
        who = {"username": name, "password": PASSWORD}
        answer = self.ask("POST", "/api/auth/register", json.dumps(who).encode(), Content_Type="application/json")
        self.token = (answer.json if answer.status == 201 else self.ok("POST", "/api/auth/login", who))["access_token"]
        self.album = self.ok("GET", "/api/albums")[0]["id"]
        return self

    def upload(self, name: str, content: bytes) -> Answer:
        mark = uuid.uuid4().hex
        form = f'--{mark}\r\nContent-Disposition: form-data; name="album_id"\r\n\r\n{self.album}\r\n'
        form += f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        body = form.encode() + b"Content-Type: image/png\r\n\r\n" + content + f"\r\n--{mark}--\r\n".encode()
        return self.ask("POST", "/api/photos", body, Content_Type=f"multipart/form-data; boundary={mark}")

    def photo(self, name: str, content: bytes | None = None) -> dict[str, Any]:
        """Upload, and wait for the thumbnails."""
        answer = self.upload(name, content or picture())
        assert answer.status == 201, answer
        where = f"/api/photos/{answer.json[0]['id']}"
        found: dict[str, Any] = until(lambda: (p := self.ok("GET", where))["status"] == "ready" and p)
        return found

    def titles(self) -> list[str]:
        return [photo["title"] for photo in self.ok("GET", "/api/photos")["items"]]


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@dataclass
class Gallery:
    """One form of the stack under test; `front` is the service and port its pages come from."""

    shore: Shore
    file: str
    front: tuple[str, int]
    seen: dict[tuple[str, int], int] = field(default_factory=dict)

    def words(self, *words: str) -> tuple[str, ...]:
        return ("-f", self.file, *words)

    def up(self, *words: str) -> Done:
        self.seen.clear()
        return self.shore.ok(*self.words("up", "-d", "--wait", "--ports", "auto", *words), timeout=900)

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

    def port(self, service: str, target: int) -> int:
        if (service, target) not in self.seen:
            publishers = self.rows()[service]["Publishers"] or ()
            found = [p["PublishedPort"] for p in publishers if p["TargetPort"] == target and p["PublishedPort"]]
            self.seen[service, target] = int(found[0])
        return self.seen[service, target]

    @property
    def address(self) -> str:
        """Where people open it."""
        return f"http://127.0.0.1:{self.port(*self.front)}"

    def visitor(self) -> Member:
        return Member(self.address)

    def edit(self, name: str, old: str, new: str) -> None:
        """Save a changed file as an editor does: the same file, other content."""
        path = self.shore.folder / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new))


@contextlib.contextmanager
def started(who: str, request: pytest.FixtureRequest, home: Path, form: str) -> Iterator[Gallery]:
    """The `production` or `development` form, up and healthy; `who` as `shore_of` has it."""
    file, front = FORMS[form]

    def prepare(folder: Path) -> Path:
        write_env(copy_of_the_stack(folder))
        return folder

    stack = Gallery(shore_of(who, request, home, f"gallery-{uuid.uuid4().hex[:6]}", prepare), file, front)
    try:
        stack.up()
        yield stack
    finally:
        stack.run("down", "-v", "-t", "5")


def write_env(folder: Path) -> str:
    """The .env of the production form; returns its text."""
    return fresh_env(folder)
