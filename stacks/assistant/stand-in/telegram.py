#!/usr/bin/env python3
"""A stand-in of Telegram's Bot API, with a page to talk on: for development, demonstrations and tests.

    telegram.py [PORT]          http://localhost:8081: the page; a bot's TELEGRAM_API_URL is the same address

It keeps everything in memory, takes any token of a token's shape, and knows what this stack's bot uses: getMe,
getUpdates (long polling, offset), sendMessage, editMessageText, sendChatAction, setMyCommands, deleteWebhook. People are
made by writing:

    POST /people/7/messages     {"text": "Hello", "name": "Ada"}       → {"message_id": 1795858944744}
    GET  /people/7/messages                                            → what both sides said, as it stands now
    POST /trouble               {"status": 429, "retry_after": 1, "times": 3, "method": "editMessageText"}

Standard library only.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PORT = 8081
TOKEN = re.compile(r"/bot(\d+:[\w-]+)/(\w+)")
PEOPLE = re.compile(r"/people/(\d+)/messages")
LONGEST_TEXT = 4096
MOST_UPDATES = 100
LONGEST_BODY = 1 << 20
BOT = {"id": 1, "is_bot": True, "first_name": "Systech", "username": "systech_assistant_bot"}
ABILITIES = {"can_join_groups": False, "can_read_all_group_messages": False, "supports_inline_queries": False}


class Refusal(Exception):
    """What Telegram says no to."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.answer: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.answer["parameters"] = parameters


@dataclass
class Chat:
    """A private chat: everything said in it, in order; edited messages stand where they stood."""

    person: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)
    typing_until: float = 0.0


@dataclass
class Trouble:
    status: int
    times: int
    method: str = ""
    retry_after: int = 0


class Telegram:
    """The state, behind one lock; `changed` wakes those who poll."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.chats: dict[int, Chat] = {}
        self.updates: list[dict[str, Any]] = []
        self.calls: dict[str, int] = {}
        self.commands: list[dict[str, str]] = []
        self.trouble: list[Trouble] = []
        # Ids go on where an earlier run ended: the bot's database and a bot that goes on running remember those.
        self._last_message = self._last_update = time.time_ns() // 1_000_000

    # --- people -------------------------------------------------------------------------------------------------------

    def write(self, person_id: int, text: str, name: str) -> dict[str, Any]:
        with self.changed:
            chat = self.chats.setdefault(person_id, Chat({"id": person_id, "is_bot": False, "first_name": name}))
            message = self._message(person_id, chat.person, text)
            chat.messages.append(message)
            self._last_update += 1
            self.updates.append({"update_id": self._last_update, "message": message})
            self.changed.notify_all()
            return message

    def read(self, person_id: int) -> dict[str, Any]:
        with self.changed:
            chat = self.chats.get(person_id)
            said = [
                {"id": m["message_id"], "from": "bot" if m["from"]["is_bot"] else "person", "text": m["text"],
                 "edits": m.get("edits", 0)}
                for m in (chat.messages if chat else ())
            ]  # fmt: skip
            typing = bool(chat and chat.typing_until > time.monotonic())
            return {"messages": said, "typing": typing, "commands": self.commands}

    def make_trouble(self, trouble: Trouble) -> None:
        with self.changed:
            self.trouble.append(trouble)

    # --- the bot ------------------------------------------------------------------------------------------------------

    def call(self, method: str, given: dict[str, Any]) -> Any:
        with self.changed:
            self.calls[method] = self.calls.get(method, 0) + 1
            self._trip(method)
        do = METHODS.get(method.lower())
        if do is None:
            raise Refusal(404, "Not Found: method not found")
        return do(self, given)

    def _trip(self, method: str) -> None:
        for trouble in self.trouble:
            if trouble.times > 0 and trouble.method.lower() in ("", method.lower()):
                trouble.times -= 1
                if trouble.status == 429:
                    told = f"Too Many Requests: retry after {trouble.retry_after}"
                    raise Refusal(429, told, retry_after=trouble.retry_after)
                raise Refusal(trouble.status, "Trouble, as was asked for")

    def get_me(self, _: dict[str, Any]) -> Any:
        return {**BOT, **ABILITIES}

    def get_updates(self, given: dict[str, Any]) -> Any:
        """What is not confirmed yet: from `offset` on, at once or within `timeout` seconds."""
        offset, limit = int(given.get("offset") or 0), min(int(given.get("limit") or MOST_UPDATES), MOST_UPDATES)
        deadline = time.monotonic() + min(float(given.get("timeout") or 0), 50)
        with self.changed:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]
            while not self.updates and (left := deadline - time.monotonic()) > 0:
                self.changed.wait(left)
            return self.updates[:limit]

    def send_message(self, given: dict[str, Any]) -> Any:
        text = _text(given)
        with self.changed:
            chat_id, chat = self._chat(given)
            message = self._message(chat_id, BOT, text)
            chat.messages.append(message)
            chat.typing_until = 0.0
            return message

    def edit_message_text(self, given: dict[str, Any]) -> Any:
        text = _text(given)
        with self.changed:
            _, chat = self._chat(given)
            wanted = str(given.get("message_id"))
            for message in chat.messages:
                if str(message["message_id"]) == wanted and message["from"]["is_bot"]:
                    if message["text"] == text:
                        raise Refusal(400, "Bad Request: message is not modified")
                    message.update(text=text, edit_date=int(time.time()), edits=message.get("edits", 0) + 1)
                    return message
        raise Refusal(400, "Bad Request: message to edit not found")

    def send_chat_action(self, given: dict[str, Any]) -> Any:
        with self.changed:
            self._chat(given)[1].typing_until = time.monotonic() + 5
        return True

    def set_my_commands(self, given: dict[str, Any]) -> Any:
        commands = given.get("commands") or []
        with self.changed:
            self.commands = json.loads(commands) if isinstance(commands, str) else commands
        return True

    def delete_webhook(self, _: dict[str, Any]) -> Any:
        return True

    def _chat(self, given: dict[str, Any]) -> tuple[int, Chat]:
        chat_id = int(given.get("chat_id") or 0)
        if chat_id not in self.chats:
            raise Refusal(400, "Bad Request: chat not found")
        return chat_id, self.chats[chat_id]

    def _message(self, chat_id: int, sender: dict[str, Any], text: str) -> dict[str, Any]:
        self._last_message += 1
        chat = {"id": chat_id, "type": "private", "first_name": self.chats[chat_id].person["first_name"]}
        message = {
            "message_id": self._last_message,
            "date": int(time.time()),
            "chat": chat,
            "from": sender,
            "text": text,
        }
        if command := re.match(r"/\w+", text):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": command.end()}]
        return message


METHODS = {
    name.replace("_", ""): getattr(Telegram, name)
    for name in (
        "get_me", "get_updates", "send_message", "edit_message_text", "send_chat_action", "set_my_commands",
        "delete_webhook",
    )
}  # fmt: skip


def _text(given: dict[str, Any]) -> str:
    text = str(given.get("text") or "").strip()
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text) > LONGEST_TEXT:
        raise Refusal(400, "Bad Request: message is too long")
    return text


class Handler(BaseHTTPRequestHandler):
    """HTTP around the state."""

    protocol_version = "HTTP/1.1"
    telegram: Telegram
    timeout = 75

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._send(200, Path(__file__).with_name("page.html").read_bytes(), "text/html; charset=utf-8")
        elif path == "/health":
            self._json(200, {"status": "ok"})
        elif path == "/calls":
            self._json(200, self.telegram.calls)
        elif people := PEOPLE.fullmatch(path):
            self._json(200, self.telegram.read(int(people[1])))
        else:
            self._call(path, dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        given = self._body()
        if people := PEOPLE.fullmatch(path):
            text = str(given.get("text") or "").strip()[:LONGEST_TEXT]
            if not text:
                self._json(400, {"error": "text is missing"})
                return
            message = self.telegram.write(int(people[1]), text, str(given.get("name") or f"Person {people[1]}"))
            self._json(200, {"message_id": message["message_id"]})
        elif path == "/trouble":
            self.telegram.make_trouble(Trouble(**given))
            self._json(200, {"status": "ok"})
        else:
            self._call(path, given)

    def _call(self, path: str, given: dict[str, Any]) -> None:
        asked = TOKEN.fullmatch(path)
        if asked is None:
            self._json(404, {"ok": False, "error_code": 404, "description": "Not Found"})
            return
        try:
            self._json(200, {"ok": True, "result": self.telegram.call(asked[2], given)})
        except Refusal as refusal:
            self._json(refusal.status, refusal.answer)

    def _body(self) -> dict[str, Any]:
        """JSON or a form, as Telegram takes both."""
        content = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LONGEST_BODY))
        if "json" in (self.headers.get("Content-Type") or ""):
            return dict(json.loads(content or b"{}"))
        return dict(parse_qsl(content.decode(), keep_blank_values=True))

    def _json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Long polls would fill the log."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(port: int, host: str = "0.0.0.0") -> Server:  # noqa: S104  (a container's own address)
    """A server that is ready; the caller runs `serve_forever()`."""
    telegram = Telegram()
    server = Server((host, port), type("Handler", (Handler,), {"telegram": telegram}))
    server.telegram = telegram  # type: ignore[attr-defined]
    return server


def main() -> int:
    server = serve(int(sys.argv[1]) if len(sys.argv) > 1 else PORT)
    print(f"a stand-in of Telegram's Bot API on http://0.0.0.0:{server.server_address[1]}", flush=True)
    import signal

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
