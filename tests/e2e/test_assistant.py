"""System E's production form on the native engine: shut where it should be, light, honest; data survive."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator

import pytest

from tests.e2e.assistant_stack import IMAGES, TOKEN, Assistant, Client, started, until  # noqa: F401 (for the fixtures of engines)
from tests.e2e.private import ROOT
from tests.e2e.who import who

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

FLOOR = json.loads((ROOT / "stacks/assistant/frontend/floor.json").read_text())
ABOVE_FLOOR = 1.15


@pytest.fixture(scope="module", params=who("ordinary user"))
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The production form with the stand-in of Telegram, up and healthy."""
    with started(request.param, request, tmp_path_factory.mktemp("assistant"), "production") as running:
        yield running


@pytest.mark.shows("E1", "E8")
def test_healthy_not_root_code_not_writable(stack: Assistant) -> None:
    rows = stack.rows()
    assert {rows[name]["Health"] for name in ("api", "bot", "frontend")} == {"healthy"}
    uids = [stack.inside(name, "id", "-u").out.strip() for name in ("bot", "api", "frontend")]
    assert "0" not in uids
    if not stack.shore.prefix:  # natively all files of an ordinary user's containers have one owner
        assert stack.inside("api", "sh", "-c", "echo x >> assistant/settings.py").code != 0
        assert stack.inside("api", "sh", "-c", "touch /app/new").code != 0
    assert stack.inside("frontend", "sh", "-c", "touch /usr/share/nginx/html/new").code != 0


def test_no_secret_in_the_environment_or_a_log_and_no_tests_in_the_images(stack: Assistant) -> None:
    for service in ("bot", "api"):
        environment = stack.inside(service, "env").out
        assert TOKEN not in environment
        assert stack.setting("SECRET_KEY") not in environment
        found = stack.inside(service, "sh", "-c", "ls -d tests .env* stand-in assistant/*").out
        assert "assistant/settings.py" in found
        assert not {"tests", ".env", "stand-in"} & set(found.split())
    assert stack.inside("bot", "cat", "/run/secrets/bot_token").out.strip() == TOKEN
    assert stack.inside("api", "cat", "/run/secrets/bot_token").code != 0, "the API has no business with it"
    assert TOKEN not in stack.run("logs", "--no-color").text


def test_the_dashboard_has_a_door(stack: Assistant) -> None:
    stranger = Client(stack.address("frontend", 3000))
    for path in ("/api/dialogues", "/api/statistics", "/api/status"):
        assert stranger.ask("GET", path)[0] == 401
    assert stranger.ask("POST", "/api/session", {"password": "wrong"})[0] == 401
    assert stack.front.ok("GET", "/api/session") == {"signed_in": True, "password": True}


@pytest.mark.shows("E1")
def test_the_story(stack: Assistant) -> None:
    stack.write(7, "What is the capital of France?")
    assert until(lambda: stack.answers(7))[0].startswith("I am offline")
    assert until(lambda: stack.front.dialogues("capital"))[0]["name"] == "Person 7"
    assert [name for name, _ in stack.front.say("And of Spain?")] == ["begin", "piece", "end"]


def test_the_first_page_is_within_fifteen_percent_of_an_empty_applications(stack: Assistant) -> None:
    client = Client(stack.address("frontend", 3000))
    status, headers, body = client.ask("GET", "/", Accept_Encoding="gzip")
    assert (status, headers["content-encoding"], headers["cache-control"]) == (200, "gzip", "no-cache")
    page = gzip.decompress(body).decode()
    tags = [tag for tag in re.findall(r"<(?:script|link)\b[^>]*>", page) if "noModule" not in tag]
    files = {found[1] for tag in tags if (found := re.search(r'(?:src|href)="(/[^"?]+)', tag))}
    weights = {"/": len(body)}
    for name in files:
        status, headers, content = client.ask("GET", name, Accept_Encoding="gzip")
        assert status == 200, name
        weights[name] = len(content)
        if name.startswith("/_next/static/"):
            assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert len(weights) > 6
    assert sum(weights.values()) <= ABOVE_FLOOR * FLOOR["bytes"], (sum(weights.values()), FLOOR, weights)


def test_the_floor_is_that_of_the_version_in_use() -> None:
    package = json.loads((ROOT / "stacks/assistant/frontend/package.json").read_text())
    assert FLOOR["next"] == package["dependencies"]["next"]


def test_pages_carry_their_policy(stack: Assistant) -> None:
    client = Client(stack.address("frontend", 3000))
    for path in ("/", "/dialogues", "/chat"):
        status, headers, body = client.ask("GET", path)
        assert (status, headers["x-content-type-options"]) == (200, "nosniff"), path
        assert headers["content-security-policy"] == "frame-ancestors 'none'"
        assert b"script-src 'self' 'sha256-" in body
    assert client.ask("GET", "/nothing")[0] == 404


def test_an_api_that_is_away_is_said_so_and_found_again(stack: Assistant) -> None:
    assert stack.run("stop", "api").code == 0
    status, headers, body = Client(stack.address("frontend", 3000)).ask("GET", "/api/session")
    assert (status, headers["retry-after"], json.loads(body)["code"]) == (503, "2", "unavailable")
    assert stack.run("start", "api").code == 0
    until(lambda: Client(stack.address("frontend", 3000)).ask("GET", "/api/session")[0] == 200, 60)


@pytest.mark.shows("E8")
def test_a_backup_of_the_running_database(stack: Assistant) -> None:
    made = stack.run("run", "--rm", "-T", "backup", "python", "-m", "assistant.backup", "backups")
    assert made.code == 0, made.text
    assert len(list((stack.shore.folder / "backups").glob("assistant-*.db"))) == 1


@pytest.mark.shows("E2")
def test_dialogues_survive_down_and_up(stack: Assistant) -> None:
    stack.front.say("A grey heron")
    assert stack.run("down", "-v").code == 0, "./data is the project's folder, no volume"
    stack.up()
    assert [d["title"] for d in stack.front.dialogues("heron")] == ["A grey heron"]
