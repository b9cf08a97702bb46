"""The tasks on a database of their own and a mail server in this process."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from backend.shared.testing import own_databases
from tasks import ledger as ledgers
from tasks import settings as settings_module


@dataclass
class Server:
    """Speaks enough SMTP to take mails, or to refuse them by `answer`."""

    port: int = 0
    answer: str = "250 taken"
    mails: list[str] = field(default_factory=list)


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Server = self.server.state  # type: ignore[attr-defined]
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                content = b""
                while not content.endswith(b"\r\n.\r\n"):
                    content += self.rfile.readline()
                if server.answer.startswith("250"):
                    server.mails.append(content.decode())
                self.wfile.write(f"{server.answer}\r\n".encode())
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class Listening(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()
    with Listening(("127.0.0.1", 0), Conversation) as listening:
        listening.state = state  # type: ignore[attr-defined]
        state.port = listening.server_address[1]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        listening.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def settings(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[settings_module.Settings]:
    with own_databases() as values:
        found = settings_module.Settings(**values, smtp_host="127.0.0.1", smtp_port=server.port, lease_seconds=5)
        for module in ("tasks.mail", "tasks.cleaning", "tasks.ledger"):
            monkeypatch.setattr(f"{module}.get_settings", lambda: found)
        ledgers.ledger.cache_clear()
        yield found
        ledgers.ledger().mails.database.client.close()
        ledgers.ledger.cache_clear()


def mail(**values: str) -> dict[str, str]:
    return {"kind": "verify", "to": "ada@example.com", "name": "Ada", "token": "s3cret", "id": uuid4().hex} | values
