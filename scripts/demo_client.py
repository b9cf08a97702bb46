"""A small JSON client for the demos. Standard library only; no proxy: everything it asks is on this machine."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


class DemoError(Exception):
    """What went wrong, in a line, and the exit code that it deserves."""

    def __init__(self, what: str, code: int = 1) -> None:
        super().__init__(what)
        self.code = code


class Client:
    """Requests to one address. `token`, once set, is sent with each."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.token = ""
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str) -> Any:
        return json.loads(self.send("GET", path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return json.loads(self.send("POST", path, json.dumps(body).encode(), "application/json"))

    def page(self, path: str) -> str:
        """The text of a page."""
        return self.send("GET", path).decode("utf-8", "replace")

    def send(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """The body of the answer; an answer that is no success is a DemoError that quotes it."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if content_type:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(self.base + path, body, headers, method=method)
        try:
            with self.opener.open(request, timeout=20) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            raise DemoError(f"{method} {path}: {error.code}: {error.read(300).decode('utf-8', 'replace')}") from None
        except OSError as error:
            raise DemoError(f"{method} {path}: {error}") from None
