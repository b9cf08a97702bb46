"""x-longshore.verify: what it says, and what is wrong in it, each with its file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longshore.flow.home import Where, load_stack
from longshore.flow.reading import read
from longshore.model.errors import ShoreError, ShoreErrors
from longshore.verify.exchange import Exchange
from longshore.verify.families.yours import MISSING, criteria, differences, filled, picked, value_at
from longshore.verify.prove import Asked, subject_of
from longshore.verify.settings import Exchanged, Own, Settings, Slow, Task, budget_of, settings_of, slow_of, task_of

HEAD = "services:\n  web:\n    image: python:3.11-slim\n    ports: ['8000:8000']\n"


def settings(folder: Path, text: str) -> Settings:
    (folder / "compose.yaml").write_text(HEAD + text)
    where = Where(files=(str(folder / "compose.yaml"),), environ={"PATH": "/bin"})
    return settings_of(load_stack(where), lambda path: read(where).place("x-longshore", "verify", *path))


def errors(folder: Path, text: str) -> list[str]:
    with pytest.raises(ShoreError) as caught:
        settings(folder, text)
    found = caught.value.errors if isinstance(caught.value, ShoreErrors) else (caught.value,)
    return [str(one).replace(str(folder) + "/", "") for one in found]


SERVICE = "    x-longshore:\n      verify:\n"


def test_a_whole_one(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        f"""{SERVICE}        budget: 20s
        slow: {{http: POST /login, json: {{name: x}}}}
        task: tasks.slow
        live-with: {{recovers.killed.web: it is only a demonstration}}
        criteria:
          - that: A person can sign in
            id: sign-in
            http: POST /login
            headers: {{X-Kind: test}}
            json: {{name: ada}}
            expect: {{status: [200, 3xx], headers: {{Content-Type: /json/}}, json: {{user.name: ada}}, within: 2s}}
            keep: {{token: access}}
          - that: It is Python
            run: python --version
            expect: {{matches: Python, code: 0}}
x-longshore:
  verify:
    criteria:
      - that: There are users
        service: web
        sql: SELECT 1
        expect: {{value: 1}}
""",
    )
    top, first, second = found.criteria
    assert (top.id, top.kind, top.words, top.expect.value) == ("web.there-are-users", "sql", ("SELECT 1",), "1")
    assert (first.id, first.words, first.body) == ("web.sign-in", ("POST", "/login"), '{"name": "ada"}')
    assert first.expect == Exchanged(
        ("200", "3"), {"content-type": "/json/"}, {"user.name": "ada"}, within=2.0
    )  # fmt: skip
    assert first.keep == {"token": "access"}
    assert second.words == ("sh", "-c", "python --version")
    assert found.lives_with == {"recovers.killed.web": "it is only a demonstration"}
    web = load_stack(Where(files=(str(tmp_path / "compose.yaml"),), environ={})).services["web"]
    assert (budget_of(web), slow_of(web), task_of(web)) == (
        20.0,
        Slow("POST", "/login", '{"name": "x"}'),
        Task("tasks.slow"),
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("        budgt: 3s\n", 7, "budgt: is not known here"),
        ("        budget: soon\n", 7, "budget: 'soon' is no time"),
        ("        slow: slowly\n", 7, "slow: 'slowly' is no request"),
        ("        criteria: yes\n", 7, "criteria: must be a list"),
        ("        criteria:\n          - http: GET /\n", 8, "criteria.0: says nothing"),
        ("        criteria:\n          - that: x\n", 8, "criteria.0: must have exactly one of http, run and sql"),
        ("        criteria:\n          - {that: x, http: fetch /}\n", 8, "criteria.0.http: 'fetch /' is no request"),
        ("        criteria:\n          - that: x\n            http: /\n            expect: {status: ok}\n", 10,
         "criteria.0.expect.status: 'ok' is no status"),
        ("        criteria:\n          - that: x\n            run: id\n            expect: {matches: '('}\n",
         10, "criteria.0.expect.matches: is no regular expression"),
        ("        criteria:\n          - that: x\n            run: id\n            expect: {status: 200}\n", 10,
         "criteria.0.expect.status: is not known here"),
        ("        criteria:\n          - that: x\n            service: wed\n            run: id\n", 9,
         "criteria.0.service: wed is not there"),
        ("        live-with: {a.b: ''}\n", 7, "live-with.a.b: has no reason"),
        ("        task: [1]\n", 7, "task: must be the name of a task"),
        ("        task: {name: a, args: 3}\n", 7, "task: has arguments of another kind"),
        ("        criteria:\n          - {that: x, run: id, keep: {a: b /c/}}\n", 8,
         "criteria.0.keep: a: 'b /c/' keeps nothing"),
        ("        criteria:\n          - {that: x, run: id, expect: {again: soon}}\n", 8,
         "criteria.0.expect.again: 'soon' is no time"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text: str, line: int, said: str, tmp_path: Path) -> None:
    (error,) = errors(tmp_path, SERVICE + text)
    assert error.startswith(f"compose.yaml:{line}:") or error.split("compose.yaml:")[1].startswith(f"{line}:")
    assert f"x-longshore.verify.{said}" in error


def test_all_that_is_wrong_is_told_at_once_and_the_top_has_places_too(tmp_path: Path) -> None:
    found = errors(tmp_path, f"{SERVICE}        budget: soon\nx-longshore:\n  verify:\n    critria: []\n")
    assert len(found) == 2
    assert any(":10:" in one and "critria" in one for one in found)


def test_the_command_refuses_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(f"{HEAD}{SERVICE}        budget: soon\n")
    where = Where(files=(str(tmp_path / "compose.yaml"),), environ={"PATH": "/bin"})
    with pytest.raises(ShoreError, match="is no time"):
        subject_of(where, load_stack(where), Asked())


def own(**more: object) -> Own:
    return Own("x", "web", "http", ("GET", "/{id}"), Exchanged(**more), "web.x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ({"json": {"a.0.b": 3}}, []),
        ({"json": {"a.length": 2, "": "/x/"}}, []),
        ({"json": {"a.0.b": 4}}, ["a.0.b is 3"]),
        ({"json": {"a.5": 1, "c": "/^y/"}}, ["a.5 is not there", 'c is "x"']),
        ({"matches": '"c"', "lacks": "z"}, []),
        ({"matches": "^z", "lacks": "x"}, ["nothing matches /^z/", "it has 'x'"]),
    ],
)
def test_what_an_answer_has_to_be(expect: dict[str, object], wrong: list[str]) -> None:
    assert differences(json.dumps({"a": [{"b": 3}, {}], "c": "x"}), own(**expect)) == wrong


def test_no_json_and_nothing_there() -> None:
    assert differences("<html>", own(json={"a": 1})) == ["it is no JSON"]
    assert value_at({"a": None}, "a") is None
    assert value_at({"a": None}, "b") is MISSING


def test_names_are_filled_with_what_was_kept() -> None:
    one = Own("x", "web", "http", ("GET", "/p/{id}/"), Exchanged(), "web.x", 0, {"A": "Bearer {token}"}, '{"n": {}}')
    found = filled(one, {"id": "7", "token": "t"})
    assert (found.words, found.headers, found.body) == (("GET", "/p/7/"), {"A": "Bearer t"}, '{"n": {}}')


def test_an_exchange_as_evidence() -> None:
    shown = Exchange("GET", "http://localhost:8000/", 200, {"server": "x"}, b"y" * 2000, 0.1, "OK").evidence()
    assert shown.text.startswith("GET http://localhost:8000/\n200 OK\nserver: x\n\nyyy")
    assert len(shown.text) < 1000


def test_what_is_kept_of_an_answer() -> None:
    text = json.dumps([{"text": "Confirm:\n\nhttp://x/verify#abc-1\n", "n": 7}])
    assert picked(text, "0.n") == "7"
    assert picked(text, "0.text /verify#(\\S+)/") == "abc-1"
    assert (picked(text, "0.text /nothing(x)/"), picked(text, "1.text"), picked("no", "")) == (None, None, None)


def test_a_task_may_have_arguments(tmp_path: Path) -> None:
    settings(tmp_path, f"{SERVICE}        task: {{name: mail.send, args: [{{id: '{{marker}}'}}], kwargs: {{a: 1}}}}\n")
    web = load_stack(Where(files=(str(tmp_path / "compose.yaml"),), environ={})).services["web"]
    task = task_of(web)
    assert task
    assert (task.name, list(task.args), dict(task.kwargs)) == ("mail.send", [{"id": "{marker}"}], {"a": 1})


def test_criteria_of_services_that_are_not_asked_for_are_no_mistake(tmp_path: Path) -> None:
    text = "  db:\n    image: postgres:16\nx-longshore:\n  verify:\n    criteria:\n"
    text += "      - {that: x, service: web, http: GET /}\n      - {that: y, service: db, sql: SELECT 1}\n"
    (tmp_path / "compose.yaml").write_text(HEAD + text)
    where = Where(files=(str(tmp_path / "compose.yaml"),), environ={"PATH": "/bin"})
    stack = load_stack(where, ("db",))
    subject = subject_of(where, stack, Asked(services=("db",)))
    assert subject.services == ("db",)
    assert [check.criterion.id for check in criteria(subject)] == ["yours.db.y"]
