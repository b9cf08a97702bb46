"""The API under its real server: the chat as it streams, figures, dialogues, the door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.history import Answer, History, Person
from assistant.settings import Settings
from tests.servers import Client, Model, api_server, events, until

Make = Callable[..., Settings]


@pytest.fixture
def api(settings: Settings) -> Iterator[Client]:
    with api_server(settings) as running:
        yield running


def say(api: Client, text: str, dialogue: str | None = None) -> list[tuple[str, Any]]:
    with api.opened("POST", "/api/chat", {"text": text, "dialogue": dialogue}) as response:
        assert response.status == 200
        assert response.getheader("content-type", "").startswith("text/event-stream")
        assert "no-transform" in response.getheader("cache-control", "")
        return list(events(response))


def test_it_is_well(api: Client) -> None:
    assert api.ok("GET", "/health") == {"status": "ok"}
    assert api.ok("GET", "/health/live") == {"status": "ok"}


def test_offline_it_says_so_and_both_sides_are_kept(api: Client) -> None:
    said = say(api, "  What is the capital of France? ")
    assert [name for name, _ in said] == ["begin", "piece", "end"]
    assert said[1][1]["text"].startswith("I am offline")
    assert said[2][1]["status"] == "offline"
    found = api.ok("GET", f"/api/dialogues/{said[0][1]['dialogue']}")
    assert [(m["role"], m["status"]) for m in found["messages"]] == [("user", "complete"), ("assistant", "offline")]
    assert found["dialogue"]["title"] == "What is the capital of France?"
    say(api, "And of Spain?", said[0][1]["dialogue"])
    assert len(api.ok("GET", "/api/dialogues")["items"]) == 1
    assert api.ok("GET", "/api/status")["model"] is None


def test_the_answer_streams(make_settings: Make, model: Model) -> None:
    model.script.pause = 0.2
    with api_server(make_settings(llm_base_url=model.address, llm_model="tiny")) as api:
        began, at = time.monotonic(), {}
        with api.opened("POST", "/api/chat", {"text": "Hello"}) as response:
            for name, _ in events(response):
                at.setdefault(name, time.monotonic() - began)
        assert at["piece"] < at["end"] - 0.5
        assert api.ok("GET", "/api/status")["model"] == "tiny"


def test_a_comment_while_nothing_is_said(make_settings: Make, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.api.chat.QUIET_SECONDS", 0.1)
    model.script.before = 0.5
    with (
        api_server(make_settings(llm_base_url=model.address)) as api,
        api.opened("POST", "/api/chat", {"text": "Hello"}) as response,
    ):
        body = response.read().decode()
    assert ": still here" in body
    assert body.index(": still here") < body.index("event: piece")


def test_who_hangs_up_stops_the_model(make_settings: Make, model: Model, rows: Any) -> None:
    model.script.pieces, model.script.pause = tuple("word " for _ in range(300)), 0.02
    with api_server(make_settings(llm_base_url=model.address)) as api:
        with api.opened("POST", "/api/chat", {"text": "Hello"}) as response:
            stream = events(response)
            while next(stream)[0] != "piece":
                pass
        until(lambda: rows("SELECT 1 FROM chat_messages WHERE status = 'stopped'"))
        until(lambda: model.script.hung_up)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "   "}, 422, "invalid"),
        ({"text": "x" * 8001}, 422, "invalid"),
        ({"text": "Hello", "dialogue": "not a key"}, 422, "invalid"),
        ({"text": "Hello", "dialogue": "0" * 32}, 404, "not_found"),
    ],
)
def test_what_is_refused(api: Client, body: dict[str, Any], status: int, code: str) -> None:
    answer = api.ask("POST", "/api/chat", body)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert api.ok("GET", "/api/dialogues")["items"] == []


def test_many_at_once(api: Client, rows: Any) -> None:
    def several() -> None:
        for n in range(10):
            say(api, f"message {n}")

    threads = [threading.Thread(target=several) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows("SELECT count(*) FROM chat_messages") == [(400,)]


def test_dialogues_page_by_page(api: Client, history: History) -> None:
    for n in range(35):
        history.ask_by_telegram(n, Person(n, f"Person {n}"), f"message {n}", n)
    first = api.ok("GET", "/api/dialogues")
    second = api.ok("GET", f"/api/dialogues?after={first['next']}")
    assert (len(first["items"]), len(second["items"]), second["next"]) == (30, 5, None)
    assert "id" not in first["items"][0]
    assert [d["name"] for d in api.ok("GET", "/api/dialogues?q=person%2033")["items"]] == ["Person 33"]
    assert api.ok("GET", "/api/dialogues?source=web")["items"] == []
    assert api.ask("GET", "/api/dialogues/none").status == 404
    assert api.ask("GET", "/api/dialogues?after=x").status == 422


def test_a_long_dialogue_from_its_end(api: Client, history: History) -> None:
    question = history.ask_by_web(None, "0")
    assert question
    for n in range(1, 130):
        history.ask_by_web(question.key, str(n))
    last = api.ok("GET", f"/api/dialogues/{question.key}")
    assert (len(last["messages"]), last["earlier"], last["messages"][-1]["content"]) == (100, True, "129")
    rest = api.ok("GET", f"/api/dialogues/{question.key}?before={last['messages'][0]['id']}")
    assert (len(rest["messages"]), rest["earlier"], rest["messages"][0]["content"]) == (30, False, "0")


def test_figures(api: Client, history: History) -> None:
    question = history.ask_by_telegram(7, Person(7, "Ada"), "Hello", 1)
    assert question
    history.answer(question, Answer("Hello", "complete", "tiny", 120, 300, 5))
    found = api.ok("GET", "/api/statistics?days=7&zone=Europe/Amsterdam")
    assert (found["days"][-1]["telegram"], found["totals"]["questions"]) == (1, 1)
    assert found["totals"]["first_word_median_ms"] == 120
    assert api.ask("GET", "/api/statistics?zone=Nowhere/At_all").status == 422
    assert api.ask("GET", "/api/statistics?zone=../../etc/passwd").status == 422
    assert api.ask("GET", "/api/statistics?days=0").status == 422
    metrics = api.ask("GET", "/metrics").body.decode()
    assert 'assistant_messages_total{source="telegram",role="assistant",status="complete"} 1' in metrics


def test_word_of_a_change_by_another_process(api: Client, history: History) -> None:
    with api.opened("GET", "/api/changes") as response:
        assert response.readline() == b"retry: 2000\n"
        began = time.monotonic()
        history.ask_by_telegram(7, Person(7, "Ada"), "Hello", 1)
        while response.readline() != b"event: change\n":
            assert time.monotonic() - began < 10
        assert time.monotonic() - began < 2


def test_whether_the_bot_is_there(api: Client, path: Path) -> None:
    assert api.ok("GET", "/api/status")["bot"] == {"connected": False, "seconds": None}
    (path.parent / "bot.alive").touch()
    assert api.ok("GET", "/api/status")["bot"]["connected"] is True


@pytest.fixture
def locked(make_settings: Make) -> Iterator[Client]:
    with api_server(make_settings(dashboard_password="correct horse", secret_key="k" * 32)) as running:
        yield running


GUARDED = [
    ("GET", "/api/statistics"), ("GET", "/api/status"), ("GET", "/api/changes"), ("GET", "/api/dialogues"),
    ("GET", "/api/dialogues/0"), ("POST", "/api/chat"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_without_the_password_nothing_is_shown(locked: Client, method: str, path: str) -> None:
    for cookie in ("", "assistant_session=9999999999.forged", "assistant_session=", "assistant_session=é.é"):
        locked.cookie = cookie.encode().decode("latin-1")
        answer = locked.ask(method, path, {"text": "Hello"} if method == "POST" else None)
        assert (answer.status, answer.json["code"]) == (401, "sign_in")


def test_the_password_opens_and_signing_out_closes(locked: Client) -> None:
    assert locked.ok("GET", "/api/session") == {"signed_in": False, "password": True}
    refused = locked.ask("POST", "/api/session", {"password": "wrong"})
    assert (refused.status, refused.json["code"]) == (401, "wrong_password")
    opened = locked.ask("POST", "/api/session", {"password": "correct horse"})
    set_cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=strict" in set_cookie
    locked.cookie = set_cookie.split(";")[0]
    assert locked.ok("GET", "/api/session")["signed_in"] is True
    assert locked.ok("GET", "/api/dialogues")["items"] == []
    assert 'assistant_session=""' in locked.ask("DELETE", "/api/session").headers["set-cookie"]
    late = locked.cookie.replace("=", "=1", 1)
    assert Client(locked.address, late).ask("GET", "/api/dialogues").status == 401


def test_guessing_is_slowed_down(locked: Client) -> None:
    for _ in range(10):
        assert locked.ask("POST", "/api/session", {"password": "wrong"}).status == 401
    answer = locked.ask("POST", "/api/session", {"password": "correct horse"})
    assert (answer.status, answer.json["code"]) == (429, "too_many")
    assert 0 < int(answer.headers["retry-after"]) <= 61


def test_without_a_password_the_door_is_open(api: Client) -> None:
    assert api.ok("GET", "/api/session") == {"signed_in": True, "password": False}
