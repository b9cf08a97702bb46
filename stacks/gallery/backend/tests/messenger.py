"""A small stand-in for the messenger's API: takes messages, serves pictures, can be told to fail."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Messenger:
    sent: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    fail: int = 0
    """How many of the next calls answer 500."""
    url: str = ""

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"messenger": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    messenger: Messenger

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.messenger.tokens.add(self.headers["Authorization"])
        if self.messenger.fail:
            self.messenger.fail -= 1
            return self.answer(500, b"{}")
        parts = urlsplit(self.path)
        if parts.path == "/messages":
            self.messenger.sent.append({"to": int(parse_qs(parts.query)["user_id"][0]), "text": body["text"]})
        elif parts.path == "/subscriptions":
            self.messenger.subscriptions.append(body)
        return self.answer(200, b'{"success": true}')

    def do_GET(self) -> None:
        if self.path.startswith("/elsewhere"):
            self.send_response(302)
            self.send_header("Location", "/photo.jpg")
            self.end_headers()
            return None
        content = self.messenger.pictures.get(self.path)
        return self.answer(200 if content is not None else 404, content or b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
