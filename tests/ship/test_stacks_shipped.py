"""The gallery and the backend shipped to a Swarm from their own files, with nothing added but x-longshore.ship: used
in a browser through TLS, whose certificate an authority of one's own has given by ACME, and updated while in use.
What was counted is written to bench/results/ship-stacks.md. LONGSHORE_LONG_SHIP_STACKS=1 does it: a quarter of an
hour."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.docker.dockerd import hosting
from tests.e2e.gallery_stack import copy_of_the_stack as gallery_tree
from tests.e2e.gallery_stack import picture
from tests.e2e.private import copied, fresh_env
from tests.pages.conftest import BROWSERS, DESKTOP, QUIET
from tests.pages.visit import Visit, visiting
from tests.ship.authority import Authority, authority
from tests.ship.routed import Record
from tests.ship.small import caddy_to
from tests.ship.swarmnode import ADDRESS, OURS, Node, copy_image, swarm_node, why_not
from tests.ship.test_on_a_swarm import PROXY_IMAGE
from tests.shore import SHORE, Done, shared_cache

LONG = "LONGSHORE_LONG_SHIP_STACKS"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.pages,
    pytest.mark.timeout(2700),
    pytest.mark.skipif(
        not os.environ.get(LONG), reason=f"{LONG}=1 ships two stacks and updates them: a quarter of an hour"
    ),
]
GALLERY, API = "gallery.shore.test", "api.shore.test"
BASES = ("python:3.11-slim", "node:20-alpine", "nginx:alpine", "postgres:15-alpine", "postgres:16-alpine",
         "redis:7-alpine", PROXY_IMAGE)  # fmt: skip
ASKING = """\
([path, pause]) => {
  const seen = window.seen = {asked: 0, answered: 0, worst: 0, bad: []};
  window.asking = setInterval(async () => {
    const began = performance.now();
    seen.asked++;
    try {
      const answer = await fetch(path, {cache: "no-store"});
      await answer.text();
      if (answer.status >= 500) seen.bad.push(answer.status + "");
    } catch (error) {
      seen.bad.push(error + "");
    }
    seen.answered++;
    seen.worst = Math.max(seen.worst, performance.now() - began);
  }, pause);
}
"""
"""As the page's own scripts ask, from the page, on and on."""


@dataclass
class Shipped:
    """One stack: its tree, the node it is shipped to, and the engine where it is built."""

    folder: Path
    file: str
    node: Node
    builder: str

    def shore(self, host: str, *words: str, **variables: str) -> Done:
        homes = {f"XDG_{name}_HOME": str(self.folder.parent / name.lower()) for name in ("STATE", "DATA")}
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("COMPOSE_", "SHORE_"))}
        environ = {**kept, "DOCKER_HOST": host, "XDG_CACHE_HOME": shared_cache(), **homes, **variables}
        command = [SHORE, "-f", self.file, "-f", "ship.yml", "--progress", "quiet", *words]
        done = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=1500)
        found = Done(done.returncode, done.stdout, done.stderr)
        assert found.code == 0, found.text
        return found

    def built(self, *images: str, **variables: str) -> None:
        self.shore(self.builder, "--engine", "docker", "build", **variables)
        for image in images:
            copy_image(self.node, self.builder, image)

    def ship(self, **variables: str) -> tuple[Done, float]:
        """What it says, and how many seconds it took."""
        began = time.monotonic()
        done = self.shore(self.node.host, "ship", "--registry", "none", "--no-build", **variables)
        return done, time.monotonic() - began


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    reason = why_not()
    if reason:
        pytest.skip(f"swarm: {reason}")
    yield from hosting(*BASES)


@pytest.fixture(scope="module")
def node(host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with swarm_node(tmp_path_factory.mktemp("n")) as found:
        caddy_to(found, host, PROXY_IMAGE)
        for image in ("postgres:15-alpine", "postgres:16-alpine", "redis:7-alpine"):
            copy_image(found, host, image)
        yield found


@pytest.fixture(scope="module")
def acme(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("acme") / "ca", OURS, (GALLERY, API), node.address) as found:
        yield found


@pytest.fixture(scope="module")
def browser(acme: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium of somebody who trusts that authority, and for whom the names lead to the node."""
    home = tmp_path_factory.mktemp("home")
    (home / ".pki/nssdb").mkdir(parents=True)
    store = f"sql:{home}/.pki/nssdb"
    subprocess.run(["certutil", "-N", "--empty-password", "-d", store], check=True)
    subprocess.run(["certutil", "-A", "-d", store, "-t", "C,,", "-n", "acme", "-i", acme.root], check=True)
    found = next(path for path in BROWSERS if Path(path).exists())
    flags = [*QUIET, f"--host-resolver-rules=MAP *.shore.test {ADDRESS}"]
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=flags, env={**os.environ, "HOME": str(home)})
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def record() -> Record:
    header = ("stack", "files", "first release", "certificate from", "update of", "release took",
              "requests from the page through TLS meanwhile, failed", "slowest")  # fmt: skip
    title = "The gallery and the backend shipped to a Swarm, used in Chromium through TLS, updated while in use"
    return Record("ship-stacks", title, header, ())


def with_ship(folder: Path, host: str, behind: str, acme: Authority) -> None:
    """What is added: x-longshore.ship in a file beside the stack's own."""
    shutil.copy(acme.root, folder / "root.pem")
    ship = f"{{hosts: {{{host}: '{behind}'}}, tls: {{acme: '{acme.directory}', ca: root.pem}}}}"
    (folder / "ship.yml").write_text(f"x-longshore: {{ship: {ship}}}\n")


@contextmanager
def asking(page: Page, path: str) -> Iterator[dict[str, Any]]:
    """From a page, ten times a second; what came of it when that has ended."""
    found: dict[str, Any] = {}
    page.evaluate(ASKING, [path, 100])
    yield found
    page.evaluate("clearInterval(window.asking)")
    page.wait_for_function("window.seen.answered === window.seen.asked", timeout=60_000)
    found |= page.evaluate("window.seen")


def issuer_of(page: Page, url: str) -> str:
    """Who signed what the browser was shown when it loads the address."""
    answer = page.goto(url)
    assert answer is not None
    told = answer.security_details()
    assert told is not None
    return str(told["issuer"])


def test_the_gallery(host: str, node: Node, acme: Authority, browser: Browser, record: Record, tmp_path: Path) -> None:
    folder = gallery_tree(tmp_path / "tree")
    (folder / "backend" / "error.log").touch()
    fresh_env(folder)
    with_ship(folder, GALLERY, "frontend:80", acme)
    stack = Shipped(folder, "docker-compose.yml", node, host)
    names = "max-gallery/frontend:{0}", "max-gallery/backend:{0}"
    stack.built(*(one.format("1") for one in names), GALLERY_VERSION="1")
    done, first = stack.ship(GALLERY_VERSION="1")
    print(f"{first:.0f} s\n{done.text}")
    photos = [tmp_path / f"{name}.png" for name in ("Quay", "Crane", "Tide")]
    for hue, photo in enumerate(photos):
        photo.write_bytes(picture(hue=hue * 80))
    try:
        with visiting(browser, f"https://{GALLERY}", DESKTOP) as visit:
            signed = issuer_of(visit.page, f"https://{GALLERY}/")
            visit.open()
            visit.join(f"s{uuid.uuid4().hex[:8]}", "Sam Swarm")
            visit.go("Mine")
            visit.add(photos[0])
            expect(visit.page.get_by_role("heading", name="1 photo added")).to_be_visible()
            page = folder / "front" / "index.html"
            page.write_text(page.read_text().replace("<title>Max Photo Gallery<", "<title>The Second Gallery<"))
            stack.built(*(one.format("2") for one in names), GALLERY_VERSION="2")
            with asking(visit.page, "/api/photos") as seen:
                done, took = stack.ship(GALLERY_VERSION="2", LOG_LEVEL="DEBUG")
                time.sleep(3)
            print(f"{took:.0f} s, {seen}\n{done.text}")
            visit.reload()
            assert visit.page.title() == "The Second Gallery"
            see(visit, photos[0].stem)
            visit.add(photos[1])
            see(visit, photos[1].stem)
            visit.keep("shipped-gallery")
        written(record, "gallery", stack.file, first, signed, "both images", took, seen)
    finally:
        print(stack.shore(node.host, "ship", "down").text)


def see(visit: Visit, title: str) -> None:
    visit.go("Mine")
    visit.see(title)


def test_the_backend(host: str, node: Node, acme: Authority, browser: Browser, record: Record, tmp_path: Path) -> None:
    folder = copied("backend", tmp_path / "tree", "venv", "var")
    text = fresh_env(folder)
    (folder / ".env").write_text(text.replace("api.example.com", API))
    with_ship(folder, API, "backend:8000", acme)
    stack = Shipped(folder, "docker-compose.prod.yml", node, host)
    stack.built("backend:production")
    done, first = stack.ship()
    print(f"{first:.0f} s\n{done.text}")
    try:
        with visiting(browser, f"https://{API}", DESKTOP) as visit:
            signed = issuer_of(visit.page, f"https://{API}/api/v1/docs/")
            expect(visit.page.get_by_text("/api/v1/projects/", exact=True).first).to_be_visible()
            person = {"username": "ada", "password": "correct horse battery"}
            called(visit.page, "POST", "/api/v1/auth/register/", {**person, "email": "ada@example.com"}, 201)
            token = called(visit.page, "POST", "/api/v1/auth/login/", person, 200)["token"]
            made = called(visit.page, "POST", "/api/v1/projects/", {"name": "Shipped"}, 201, token)
            with asking(visit.page, "/api/v1/health/") as seen:
                done, took = stack.ship(WEB_CONCURRENCY="3")
                time.sleep(3)
            print(f"{took:.0f} s, {seen}\n{done.text}")
            found = called(visit.page, "GET", f"/api/v1/projects/{made['id']}/", None, 200, token)
            assert found["name"] == "Shipped"
            visit.reload()
            expect(visit.page.get_by_text("/api/v1/projects/", exact=True).first).to_be_visible()
        written(record, "backend", stack.file, first, signed, "WEB_CONCURRENCY", took, seen)
    finally:
        print(stack.shore(node.host, "ship", "down").text)


CALL = """\
async ([method, path, body, token]) => {
  const headers = {"Content-Type": "application/json", ...(token ? {Authorization: "Bearer " + token} : {})};
  const answer = await fetch(path, {method, headers, body: body === null ? undefined : JSON.stringify(body)});
  return [answer.status, await answer.text()];
}
"""


def called(page: Page, method: str, path: str, body: Any, status: int, token: str = "") -> Any:
    """What the API answers a page of its own."""
    import json

    got, text = page.evaluate(CALL, [method, path, body, token])
    assert got == status, text
    return json.loads(text)


def written(
    record: Record, name: str, file: str, first: float, signed: str, what: str, took: float, seen: dict[str, Any]
) -> None:
    record.keep_others(("gallery", "backend"))
    record.add(name, f"`stacks/{name}/{file}`, unmodified", f"{first:.0f} s", signed, what, f"{took:.0f} s",
               f"{len(seen['bad'])} of {seen['asked']:,}", f"{seen['worst'] / 1000:.2f} s")  # fmt: skip
    record.wanted = tuple(one for one in ("gallery", "backend") if one in record.rows)
    record.write()
    assert signed.startswith("Caddy Local Authority"), signed
    assert not seen["bad"], seen["bad"][:5]
    assert seen["asked"] > 300
