"""As much of PostgreSQL's protocol as a test needs to write rows and to read one, with no password."""

from __future__ import annotations

import socket
import struct
from types import TracebackType

__all__ = ["Sql", "SqlError"]


class SqlError(OSError):
    """What the server says is wrong."""


class Sql:
    """One connection as the user postgres; OSError where it breaks or the server refuses."""

    def __init__(self, port: int, seconds: float = 5) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), seconds)
        self._socket.settimeout(seconds)
        self._left = b""
        words = b"user\0postgres\0database\0postgres\0\0"
        try:
            self._socket.sendall(struct.pack("!ii", 8 + len(words), 196608) + words)
            self._until_ready()
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Sql:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def ask(self, text: str) -> str:
        """The first value of the last row that the statement yields, "" where it yields none."""
        words = text.encode() + b"\0"
        self._socket.sendall(b"Q" + struct.pack("!i", 4 + len(words)) + words)
        return self._until_ready()

    def _until_ready(self) -> str:
        found, wrong = "", ""
        while True:
            kind, body = self._message()
            if kind == b"D" and body[:2] != b"\0\0":
                (size,) = struct.unpack("!i", body[2:6])
                found = body[6 : 6 + size].decode() if size >= 0 else ""
            elif kind == b"E":
                wrong = body.decode(errors="replace").replace("\0", " ")
                if "FATAL" in wrong:
                    raise SqlError(wrong)
            elif kind == b"Z":
                if wrong:
                    raise SqlError(wrong)
                return found

    def _message(self) -> tuple[bytes, bytes]:
        kind, size = struct.unpack("!ci", self._take(5))
        return kind, self._take(size - 4)

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionResetError("the server closed the connection")
            self._left += more
        taken, self._left = self._left[:size], self._left[size:]
        return taken
