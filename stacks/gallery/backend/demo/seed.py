"""Fill a gallery for a first look: `python -m demo.seed [address]`. Does nothing where it was run before.

Everything goes through the API, as people would do it.
"""

from __future__ import annotations

import io
import sys
import time
from dataclasses import dataclass

import httpx2

from demo.pictures import GALLERY

PASSWORD = "a-quiet-place"  # of the demonstration only
PEOPLE = {"maya": "Maya Orlova", "jonas": "Jonas Lind", "demo": "Demo"}
SAID = (
    ("Low sun", "maya", "I can hear the water."),
    ("Low sun", "demo", "One for the wall."),
    ("Northern lights", "jonas", "How long was the exposure?"),
    ("Morning wood", "maya", "Smells of rain already."),
)
PATIENCE = 60.0  # seconds until every thumbnail is there


@dataclass
class Person:
    http: httpx2.Client

    def call(self, method: str, path: str, **options: object) -> httpx2.Response:
        response = self.http.request(method, path, **options)  # type: ignore[arg-type]
        response.raise_for_status()
        return response


def enter(address: str, name: str) -> Person:
    """Sign in, or join."""
    http = httpx2.Client(base_url=address, timeout=30)
    answer = http.post("/api/auth/login", json={"username": name, "password": PASSWORD})
    if answer.status_code == 401:
        body = {"username": name, "password": PASSWORD, "display_name": PEOPLE[name]}
        answer = http.post("/api/auth/register", json=body)
    answer.raise_for_status()
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Person(http)


def hang(person: Person, albums: dict[str, str], name: str, album: str, picture: bytes) -> str:
    """Upload one picture into an album, made if need be; return the photo's id."""
    if album not in albums:
        albums[album] = person.call("POST", "/api/albums", json={"title": album}).json()["id"]
    form = {"album_id": albums[album]}
    files = [("files", (name, picture, "image/jpeg"))]
    return str(person.call("POST", "/api/photos", data=form, files=files).json()[0]["id"])


def wait_until_ready(person: Person, photo_id: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while person.call("GET", f"/api/photos/{photo_id}").json()["status"] == "processing":
        if time.monotonic() > deadline:
            raise TimeoutError(f"photo {photo_id} has no thumbnails after {PATIENCE:.0f} s")
        time.sleep(0.2)


def seed(address: str) -> int:
    """The number of pictures hung."""
    people = {name: enter(address, name) for name in PEOPLE}
    if people["maya"].call("GET", "/api/photos", params={"scope": "mine"}).json()["items"]:
        return 0
    albums: dict[str, dict[str, str]] = {name: {} for name in PEOPLE}
    photos: dict[str, str] = {}
    owners: dict[str, str] = {}
    for number, (name, album, paint) in enumerate(GALLERY):
        who = "jonas" if album in ("Far away", "Night") else "maya"
        encoded = io.BytesIO()
        paint().save(encoded, "JPEG", quality=92)
        title = name.removesuffix(".jpg").replace("_", " ")
        owners[title] = who
        photos[title] = hang(people[who], albums[who], name, album, encoded.getvalue())
        for admirer in list(PEOPLE)[: (number * 2 + 1) % 4]:
            people[admirer].call("PUT", f"/api/photos/{photos[title]}/like")
    for title, who, words in SAID:
        people[who].call("POST", f"/api/photos/{photos[title]}/comments", json={"body": words})
    for title, photo_id in photos.items():
        wait_until_ready(people[owners[title]], photo_id)
    return len(photos)


if __name__ == "__main__":
    hung = seed(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
    print(f"{hung} pictures hung" if hung else "the pictures hang already")
