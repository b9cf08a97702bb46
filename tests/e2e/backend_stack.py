"""A private copy of stacks/backend with its own project, folders and ports, and a client for its API."""

from __future__ import annotations

import os
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.private import copied
from tests.shore import Done, Shore

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from demo_client import Client, DemoError  # noqa: E402

__all__ = ["Backend", "Client", "DemoError", "copy_of_the_stack"]

PASSWORD = "correct horse battery"


def copy_of_the_stack(folder: Path) -> Path:
    """The stack's tree in `folder`."""
    return copied("backend", folder, "venv", "var")


@dataclass
class Backend:
    """One stack under test."""

    shore: Shore
    file: str = "docker-compose.yml"

    def words(self, *words: str) -> tuple[str, ...]:
        return ("-f", self.file, *words)

    def up(self, *words: str) -> Done:
        return self.shore.ok(*self.words("up", "-d", "--wait", "--ports", "auto", *words), timeout=600)

    def run(self, *words: str) -> Done:
        return self.shore.run(*self.words(*words), timeout=300)

    def inside(self, service: str, *words: str) -> Done:
        """A command in a running service."""
        return self.run("exec", "-T", service, *words)

    def rows(self) -> dict[str, dict[str, object]]:
        """What `ps` says of each service."""
        listed = self.run("ps", "-a", "--format", "json")
        assert listed.code == 0, listed.text
        import json

        return {row["Service"]: row for row in map(json.loads, listed.out.splitlines())}

    def port(self, service: str, target: int) -> int:
        publishers = self.rows()[service]["Publishers"]
        assert isinstance(publishers, list)
        return next(int(p["PublishedPort"]) for p in publishers if p["TargetPort"] == target and p["PublishedPort"])

    def client(self) -> Client:
        return Client(f"http://127.0.0.1:{self.port('backend', 8000)}")

    def signed_in(self, name: str = "ada", *, register: bool = False) -> Client:
        client = self.client()
        if register:
            person = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
            client.post("/api/v1/auth/register/", person)
        client.token = client.post("/api/v1/auth/login/", {"username": name, "password": PASSWORD})["token"]
        return client

    def edit(self, name: str, old: str, new: str) -> None:
        """Save a changed file as an editor does: the same file, other content."""
        path = self.shore.folder / name
        text = path.read_text()
        assert old in text
        owner = path.stat()
        path.write_text(text.replace(old, new))
        os.chown(path, owner.st_uid, owner.st_gid)

    def answers(self, path: str, text: str, within: float) -> float:
        """Seconds until the page has `text`."""
        began = time.monotonic()
        client, last = self.client(), ""
        while time.monotonic() - began < within:
            try:
                last = client.page(path)
            except DemoError as error:
                last = str(error)
            if text in last:
                return time.monotonic() - began
            time.sleep(0.02)
        raise AssertionError(f"{path} has no {text!r} after {within} s; last: {last}")

    def upload(self, client: Client, task: int, name: str, content: bytes) -> None:
        mark = "frontier"
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        body = head + content + f"\r\n--{mark}--\r\n".encode()
        client.send("POST", f"/api/v1/tasks/{task}/attachments/", body, f"multipart/form-data; boundary={mark}")

    def download(self, client: Client, address: str) -> bytes:
        content: bytes = client.send("GET", "/" + address.split("/", 3)[3])
        return content


def status_of(url: str) -> int:
    """The status of a plain GET, with no proxy between."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return int(answer.status)
