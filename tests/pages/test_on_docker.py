"""The gallery on the Docker engine, from the same files as natively: it comes up healthy, and is used in a browser."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.docker import dockerd
from tests.e2e.gallery_stack import FORMS, Gallery, Member, copy_of_the_stack, picture, write_env
from tests.pages.conftest import DESKTOP
from tests.pages.visit import visiting
from tests.shore import Shore

pytestmark = [pytest.mark.pages, pytest.mark.e2e, pytest.mark.timeout(900)]

IMAGES = ("python:3.11-slim", "node:20-alpine", "nginx:alpine", "postgres:16-alpine")


@dataclass(frozen=True)
class OnDocker:
    """One form of the stack, up and healthy on a private engine."""

    form: str
    stack: Gallery


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    yield from dockerd.hosting(*IMAGES)


@pytest.fixture(scope="module", params=FORMS)
def on_docker(
    request: pytest.FixtureRequest, host: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OnDocker]:
    form, home = str(request.param), tmp_path_factory.mktemp("on-docker")
    file, front = FORMS[form]
    folder = copy_of_the_stack(home / "tree")
    (folder / "backend" / "error.log").touch()
    shore = Shore(folder, home, "docker", f"gallery-{uuid.uuid4().hex[:6]}", extra={"DOCKER_HOST": host})
    write_env(folder)
    stack = Gallery(shore, file, front)
    try:
        stack.up("--build")
        yield OnDocker(form, stack)
    finally:
        stack.run("down", "-v", "-t", "2")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.shows("B1", "B2", "B3", "B4", engine="docker")
def test_every_service_is_healthy_and_the_page_answers(on_docker: OnDocker) -> None:
    rows = on_docker.stack.rows()
    assert {row["Health"] for row in rows.values() if row["State"] == "running"} == {"healthy"}
    answer = Member(on_docker.stack.address).ask("GET", "/")
    assert answer.status == 200
    assert b'<div id="root"' in answer.body


@pytest.mark.shows("B6", engine="docker")
def test_a_person_joins_and_sees_the_photo_that_they_add(browser: Browser, on_docker: OnDocker, tmp_path: Path) -> None:
    photos = [tmp_path / f"{name}.png" for name in ("Quay", "Crane", "Tide")]
    for hue, photo in enumerate(photos):
        photo.write_bytes(picture(hue=hue * 80))
    with visiting(browser, on_docker.stack.address, DESKTOP) as visit:
        visit.open()
        visit.join(f"d{uuid.uuid4().hex[:8]}", "Dora Docker")
        visit.go("Mine")
        visit.add(*photos)
        expect(visit.page.get_by_role("heading", name="3 photos added")).to_be_visible(timeout=30_000)
        for photo in photos:
            visit.see(photo.stem)
        visit.page.get_by_role("button", name="Clear the list").click()
        visit.keep(f"docker-{on_docker.form}")
