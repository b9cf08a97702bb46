"""The assistant on the Docker engine, in both forms, from the same files as natively: healthy, its story."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.docker import dockerd
from tests.docker.compose import Compose, why_no_compose
from tests.e2e.assistant_stack import FORMS, IMAGES, Assistant, started, until
from tests.pages.assistant import at_the_dashboard, the_story
from tests.pages.conftest import DESKTOP

pytestmark = [pytest.mark.pages, pytest.mark.e2e, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    yield from dockerd.hosting(*IMAGES)


def played() -> list[str]:
    """The production form; the other one too when all of Docker is asked for (tests/e2e/who.py)."""
    return list(FORMS) if "LONGSHORE_TEST_WHO" in os.environ else ["production"]


@pytest.fixture(scope="module", params=played())
def stack(request: pytest.FixtureRequest, host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with started("docker", request, tmp_path_factory.mktemp("docker"), request.param) as running:
        yield running


@pytest.mark.shows("E1", engine="docker")
def test_the_story(browser: Browser, stack: Assistant) -> None:
    rows = stack.rows()
    assert {row["Health"] for row in rows.values() if row["State"] == "running"} == {"healthy"}
    assert "0" not in [stack.inside(name, "id", "-u").out.strip() for name in ("bot", "api", "frontend")]
    with at_the_dashboard(browser, stack, DESKTOP) as visit:
        the_story(visit, stack, 7, f"quay{stack.form}")


@pytest.mark.shows("E3", engine="docker")
def test_a_change_of_the_bot_is_seen_without_a_build(stack: Assistant) -> None:
    if stack.form == "production":
        assert stack.inside("bot", "sh", "-c", "echo x >> assistant/settings.py").code != 0
        return
    stack.edit("assistant/bot/handlers.py", 'prompts["start"]))', '"changed"))')

    def is_new() -> bool:
        stack.write(8, "/help")
        return bool(until(lambda: stack.answers(8))[-1] == "changed")

    until(is_new, 40, 0.5)


ANY_PORT = """\
services:
  api: {ports: !override ["127.0.0.1::8000"]}
  frontend: {ports: !override ["127.0.0.1::3000"]}
  telegram: {ports: !override ["127.0.0.1::8081"]}
"""


@pytest.mark.shows("E2", engine="docker")
def test_dialogues_survive_and_the_real_compose_runs_the_same_files(stack: Assistant, host: str) -> None:
    """The last one of this file: what shore has built and written, docker compose brings up healthy."""
    before = [dialogue["key"] for dialogue in until(lambda: stack.front.dialogues())]
    assert stack.run("down").code == 0
    if reason := why_no_compose():
        stack.up()
        assert [dialogue["key"] for dialogue in stack.front.dialogues()] == before
        pytest.skip(f"docker compose: {reason}")
    (stack.shore.folder / "any-port.yml").write_text(ANY_PORT)
    files = [word for file in (*FORMS[stack.form], "any-port.yml") for word in ("-f", file)]
    compose = Compose(stack.shore.folder, stack.shore.project, host)
    try:
        compose.ok(*files, "up", "-d", "--wait", "--no-build")
        address = compose.ok(*files, "port", "frontend", "3000").strip()
        stack.seen["frontend", 3000] = int(address.rpartition(":")[2])
        assert [dialogue["key"] for dialogue in stack.front.dialogues()] == before
    finally:
        compose.ok(*files, "down", "-v", "-t", "2")
