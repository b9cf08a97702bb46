"""A web service as small as it can be: a page, a health endpoint that looks at its store, a request that takes its
time, and a clean end."""

import json
import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PAGE = '<html><head><link rel="stylesheet" href="/style.css"></head><body><h1>Parcels</h1></body></html>'
ANSWERS = {
    "/": (200, "text/html", PAGE),
    "/style.css": (200, "text/css", "h1 { color: teal }"),
    "/about": (200, "application/json", json.dumps({"version": 1, "of": ["parcels"]})),
}


def store():
    address = urlsplit(os.environ["STORE_URL"])
    return socket.create_connection((address.hostname, address.port), timeout=2)


def healthy():
    try:
        store().close()
    except OSError:
        return False
    return True


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(1)
            self.answer(200, "text/plain", "at last")
        elif self.path == "/health":
            self.answer(*((200, "text/plain", "well") if healthy() else (503, "text/plain", "no store")))
        else:
            self.answer(*ANSWERS.get(self.path, (404, "text/plain", "nothing here")))

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = False  # the end waits for the requests under way


store().close()
server = Server(("0.0.0.0", 8000), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("listening", flush=True)
server.serve_forever()
server.server_close()
sys.exit(0)
