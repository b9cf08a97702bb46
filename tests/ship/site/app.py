"""What the tests of `shore ship` ship: `web` answers with its version and token; `edge` passes requests on to web by
its name, looked up twice a second, and tries another of its addresses where one does not take a connection."""

import http.client
import http.server
import os
import random
import signal
import socket
import sys
import threading
import time
from pathlib import Path

VERSION = os.environ.get("VERSION", "1")
MARK = Path("/data/mark")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer goes out in one piece: nobody can repeat one that has begun

    def do_GET(self) -> None:
        with server.working:
            if self.path == "/slow":
                time.sleep(0.5)
            if self.path == "/trickle":
                self.trickle()
                return
            status, body = self.answered()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if server.ending:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

    def trickle(self) -> None:
        """An answer of a minute, as a long download is."""
        self.send_response(200)
        self.send_header("Content-Length", "60")
        self.end_headers()
        for _ in range(60):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(1)

    def answered(self) -> tuple[int, bytes]:
        if self.path == "/data":
            return 200, MARK.read_bytes() if MARK.exists() else b"nothing is here"
        if "edge" in sys.argv:
            return passed_on()
        return 200, f"{VERSION} {os.environ['API_TOKEN']}".encode()

    def do_POST(self) -> None:
        """`/upload` is taken slowly, so that most of it waits on its way."""
        if self.path == "/upload":
            time.sleep(0.5)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/data":
            MARK.write_bytes(content)
        self.do_GET()

    def log_message(self, *words: object) -> None:
        pass


class Working:
    """How many requests are being answered."""

    def __init__(self) -> None:
        self.changed, self.number = threading.Condition(), 0

    def __enter__(self) -> None:
        with self.changed:
            self.number += 1

    def __exit__(self, *error: object) -> None:
        with self.changed:
            self.number -= 1
            self.changed.notify_all()

    def done(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.number == 0)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    ending = False
    working = Working()

    def end(self) -> None:
        self.ending = True
        self.shutdown()


ADDRESSES: list[str] = []


def look_up_for_ever() -> None:
    """As a proxy does: in the background, and with the last addresses while names are not answered."""
    while True:
        try:
            found = socket.getaddrinfo("web", 8000, socket.AF_INET, socket.SOCK_STREAM)
            ADDRESSES[:] = [one[4][0] for one in found]
        except OSError:
            pass
        time.sleep(0.5)


def passed_on() -> tuple[int, bytes]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for address in random.sample(ADDRESSES, len(ADDRESSES)):
            connection = http.client.HTTPConnection(address, 8000, timeout=1)
            try:
                connection.connect()
            except OSError:
                continue
            connection.sock.settimeout(10)
            connection.request("GET", "/", headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        time.sleep(0.05)
    return 502, b"nobody"


if "edge" in sys.argv:
    threading.Thread(target=look_up_for_ever, daemon=True).start()
time.sleep(float(os.environ.get("START", "0")))
server = Server(("", 8000), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.end).start())
if VERSION == "crash":
    print("I crash", flush=True)
    sys.exit(3)
if VERSION != "sick":
    Path("/tmp/ready").touch()
server.serve_forever()
server.working.done()
