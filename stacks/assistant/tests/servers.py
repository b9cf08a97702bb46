"""What the stack talks to, on free ports: stand-ins of Telegram and of a language model; and the stack's two processes."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from assistant.api.application import create_app
from assistant.settings import Settings

HOME = Path(__file__).resolve().parent.parent
TOKEN = "123456:token-of-the-tests"


def until(probe: Callable[[], Any], seconds: float = 15) -> Any:
    """The first truthy answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen in {seconds} s")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Requests to one address; `cookie` is sent once there is one."""

    address: str
    cookie: str = ""

    def ask(self, method: str, path: str, value: Any = None) -> Answer:
        with self.opened(method, path, value) as response:
            headers = {name.lower(): content for name, content in response.getheaders()}
            return Answer(response.status, headers, response.read())

    def ok(self, method: str, path: str, value: Any = None) -> Any:
        answer = self.ask(method, path, value)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json

    @contextmanager
    def opened(self, method: str, path: str, value: Any = None) -> Iterator[http.client.HTTPResponse]:
        """An answer that is still arriving; leaving hangs up."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if value is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, None if value is None else json.dumps(value), headers)
            response = connection.getresponse()
            yield response
            response.close()
        finally:
            connection.close()


def events(response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Server-Sent Events as they come; comments are left out."""
    name = ""
    for raw in response:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: ") and name:
            yield name, json.loads(line[6:] or "null")
            name = ""


@contextmanager
def in_a_thread(server: ThreadingHTTPServer) -> Iterator[str]:
    """The address of a server while it serves."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def telegram_module() -> Any:
    """stand-in/telegram.py, which is a program and in no package."""
    spec = importlib.util.spec_from_file_location("stand_in_telegram", HOME / "stand-in" / "telegram.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Telegram(Client):
    """The stand-in, as people on Telegram use it."""

    def write(self, person: int, text: str) -> int:
        return int(self.ok("POST", f"/people/{person}/messages", {"text": text, "name": f"Person {person}"})["message_id"])

    def said(self, person: int) -> list[dict[str, Any]]:
        return list(self.ok("GET", f"/people/{person}/messages")["messages"])

    def answers(self, person: int) -> list[str]:
        return [message["text"] for message in self.said(person) if message["from"] == "bot"]

    def answer(self, person: int, number: int = 1, seconds: float = 15) -> str:
        """The bot's answer number `number`, when it is whole."""
        whole = lambda: len(a := self.answers(person)) >= number and not a[number - 1].endswith(" …") and a  # noqa: E731
        return str(until(whole, seconds)[number - 1])

    def trouble(self, **what: Any) -> None:
        self.ok("POST", "/trouble", what)

    def calls(self, method: str) -> int:
        return int(self.ok("GET", "/calls").get(method, 0))


@contextmanager
def telegram_stand_in(port: int = 0) -> Iterator[Telegram]:
    with in_a_thread(telegram_module().serve(port, "127.0.0.1")) as address:
        yield Telegram(address)


@dataclass
class Script:
    """How the stand-in of a language model answers, and what it was asked."""

    pieces: tuple[str, ...] = ("Hello", ", ", "person", ".")
    pause: float = 0.0
    status: int = 200
    cut: bool = False
    error: str = ""
    before: float = 0.0
    """Seconds until the first piece."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hung_up: int = 0


class ModelHandler(BaseHTTPRequestHandler):
    """OpenAI's chat completions, streamed, with the usage at the end."""

    script: Script

    def do_POST(self) -> None:
        script = self.script
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script.asked.append(body)
        script.headers.append(dict(self.headers))
        assert (self.path, body["stream"]) == ("/v1/chat/completions", True)
        self.send_response(script.status)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if script.status != 200:
            self.wfile.write(b'{"error": {"message": "no"}}')
            return
        try:
            self._speak(script)
        except ConnectionError:
            script.hung_up += 1

    def _speak(self, script: Script) -> None:
        time.sleep(script.before)
        self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        for piece in script.pieces:
            self._event({"choices": [{"index": 0, "delta": {"content": piece}}]})
            time.sleep(script.pause)
        if script.error:
            self._event({"error": {"message": script.error}})
        if script.cut:
            return
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": len(script.pieces)}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value: Any) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@dataclass
class Model:
    address: str
    script: Script


@contextmanager
def model_stand_in() -> Iterator[Model]:
    script = Script()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (ModelHandler,), {"script": script}))
    server.daemon_threads = True
    with in_a_thread(server) as address:
        yield Model(f"{address}/v1", script)


@contextmanager
def api_server(settings: Settings) -> Iterator[Client]:
    """The API under its own server."""
    app = create_app(settings)
    config = uvicorn.Config(app, port=0, host="127.0.0.1", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        yield Client(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()


@dataclass
class Bot:
    """`python -m assistant.bot` as a process of its own."""

    environment: dict[str, str]
    folder: Path
    process: subprocess.Popen[str] | None = None

    def start(self, *, wait: bool = True) -> Bot:
        with (self.folder / "bot.out").open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "assistant.bot"], cwd=HOME, env=self.environment, text=True,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        if wait:
            until(lambda: (self.folder / "bot.alive").exists() or self.process.poll() is not None, 30)
        return self

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(20)

    @property
    def output(self) -> str:
        return (self.folder / "bot.out").read_text()


def bot_environment(folder: Path, telegram: str, **more: str) -> dict[str, str]:
    ours = {"BOT_TOKEN", "LLM_BASE_URL", "LLM_API_KEY", "DATABASE", "LOGS", "DASHBOARD_PASSWORD", "TELEGRAM_API_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    set_here = {"BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram, "DATABASE": str(folder / "assistant.db")}
    return {**kept, **set_here, "LOGS": str(folder / "logs"), "PYTHONDONTWRITEBYTECODE": "1", **more}
