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


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(0.5)
        status, body = passed_on() if "edge" in sys.argv else (200, f"{VERSION} {os.environ['API_TOKEN']}".encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *words: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128


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
            connection.request("GET", "/")
            answer = connection.getresponse()
            return answer.status, answer.read()
        time.sleep(0.05)
    return 502, b"nobody"


if "edge" in sys.argv:
    threading.Thread(target=look_up_for_ever, daemon=True).start()
server = Server(("", 8000), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
if VERSION == "crash":
    print("I crash", flush=True)
    sys.exit(3)
if VERSION != "sick":
    Path("/tmp/ready").touch()
server.serve_forever()
server.server_close()
