"""What the demo of stacks/gallery does: opens the page, adds a picture as somebody new, and fetches its thumbnail."""

from __future__ import annotations

import json
import math
import secrets
import struct
import time
import zlib
from typing import Any

from demo_client import Client, DemoError

# Hangs the pictures, inside the back end, which can draw; run again it does nothing.
FILL = ("backend", "python", "-m", "demo.seed")
WHO = "sign in as demo with the password a-quiet-place, or make an account"
PATIENCE = 30.0  # seconds until the thumbnail is there


def check(client: Client) -> str:
    """Returns what was done, in words; DemoError when the gallery does not give back what it was given."""
    if '<div id="root">' not in client.page("/"):
        raise DemoError("the page is not there")
    join(client)
    album = client.get("/api/albums")[0]["id"]
    form, kind = as_form(album, "Drawn_by_the_demo.png", picture())
    photo = json.loads(client.send("POST", "/api/photos", form, kind))[0]["id"]
    thumbnail = client.send("GET", settled(client, photo)["urls"]["small"])
    if thumbnail[8:12] != b"WEBP":
        raise DemoError(f"the thumbnail of photo {photo} is no picture")
    return f"added a picture through the page's own address and saw its thumbnail; {WHO}"


def join(client: Client) -> None:
    """As someone new: earlier demos leave their people and pictures alone."""
    who = {
        "username": f"demo-{secrets.token_hex(4)}",
        "password": secrets.token_urlsafe(16),
        "display_name": "A visitor",
    }
    client.token = client.post("/api/auth/register", who)["access_token"]


def settled(client: Client, photo: str) -> dict[str, Any]:
    """The photo once its thumbnails are made."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen: dict[str, Any] = client.get(f"/api/photos/{photo}")
        if seen["status"] == "ready":
            return seen
        time.sleep(0.1)
    raise DemoError(f"photo {photo} has no thumbnail after {PATIENCE:.0f} s")


def as_form(album: str, name: str, content: bytes) -> tuple[bytes, str]:
    """A multipart form and its content type (RFC 7578)."""
    mark = secrets.token_hex(16)
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="album_id"\r\n\r\n{album}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def picture(width: int = 480, height: int = 320) -> bytes:
    """A PNG of waves in evening colours."""
    rows = b"".join(b"\0" + b"".join(colour(x / width, y / height) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def colour(x: float, y: float) -> bytes:
    wave = y + 0.05 * math.sin(7 * x + 9 * y) + 0.03 * math.sin(17 * x - 4 * y)
    return bytes(round(max(0, min(255, a + (b - a) * wave))) for a, b in ((250, 30), (170, 60), (110, 110)))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
