"""Docker Compose's hash beside what is there, and what changed since, in words."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from longshore.model.errors import Place
from longshore.model.record import replace
from longshore.model.service import Service
from longshore.state.fingerprint import changes, fingerprint
from longshore.state.hashes import go_json, resolved_hash, service_hash
from tests.plan.make import observed, running, service

RAW = {"image": "web:1", "network_mode": "service:db", "volumes_from": ["db:ro"]}
DB, WEB = service("db"), service("web", raw=RAW, network_mode="service:db", volumes_from=("db:ro", "container:x"))


def test_what_a_service_refers_to_is_there_by_its_id() -> None:
    meant = {"network_mode": "container:demo-db-1", "volumes_from": ["demo-db-1", "x"]}
    assert resolved_hash(WEB, observed(running(DB), running(DB, 2))) == service_hash(WEB, meant)
    assert service_hash(WEB, meant) != service_hash(WEB, {"network_mode": "container:other"})


def test_without_its_container_there_is_no_hash() -> None:
    assert resolved_hash(WEB, observed()) == ""
    assert resolved_hash(replace(WEB, network_mode=""), observed()) == ""
    assert resolved_hash(replace(WEB, volumes_from=()), observed()) == ""


def test_one_that_refers_to_nothing_has_the_files_hash() -> None:
    assert resolved_hash(DB, observed()) == DB.config_hash
    assert resolved_hash(replace(DB, network_mode="host"), observed()) == DB.config_hash


def test_json_as_go_writes_it() -> None:
    assert go_json({"é": [1, None, True], "p": Place("a", 1)}) == '{"é":[1,null,true],"p":"a:1"}'.encode()
    assert go_json(MappingProxyType({"a": MappingProxyType({"b": 1})})) == b'{"a":{"b":1}}'
    assert go_json("<&>\u2028\u2029") == rb'"\u003c\u0026\u003e\u2028\u2029"'


def test_a_fingerprint_is_what_earlier_versions_wrote() -> None:
    """It stands in the labels of containers that run: another one would have all of them made anew."""
    made = service("web", raw={"image": "web:1", "environment": {"A": "1"}})
    assert fingerprint(made) == '{"image":"530f969e42","environment.A":"391552c099"}'


OLD: dict[str, Any] = {"image": "a", "environment": {"A": "1", "B": "1"}, "ports": [{"target": 80}], "labels": {}}
PLACES = {"environment.A": Place("c.yaml", 5), "environment": Place("c.yaml", 4), "image": Place("c.yaml", 2)}


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"image": "b"}, "image changed (c.yaml:2)"),
        ({"environment": {"A": "2", "B": "1"}}, "environment A changed (c.yaml:5)"),
        ({"environment": {"A": "1", "B": "2"}}, "environment B changed (c.yaml:4)"),
        ({"environment": {"A": "1"}}, "environment B removed"),
        ({"environment": {"A": "1", "B": "1", "C.D": "1"}}, "environment C.D added (c.yaml:4)"),
        ({"ports": [{"target": 81}]}, "ports changed"),
        ({"deploy": "x"}, "deploy added"),
        ({"user": "1", "init": True, "tty": True}, "user added, init added, tty added"),
        ({"user": "1", "init": True, "tty": True, "x": 1}, "user added, init added, tty added and 1 more"),
        ({"user": "1", "init": True, "tty": True, "image": "b", "x": 1},
         "image changed (c.yaml:2), user added, init added and 2 more"),
        ({}, "configuration changed"),
    ],
)  # fmt: skip
def test_what_changed_in_words(now: dict[str, Any], words: str) -> None:
    before = fingerprint(Service("web", raw=OLD))
    assert changes(before, Service("web", raw={**OLD, **now}, places=PLACES)) == words


@pytest.mark.parametrize("kept", ["", "no JSON", "[]"])
def test_what_says_nothing(kept: str) -> None:
    assert changes(kept, Service("web", raw=OLD)) == "configuration changed"
