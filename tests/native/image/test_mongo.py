"""FerretDB in place of MongoDB: always said, asked for a sign of life without a process, and never without a Go."""

from __future__ import annotations

import struct

import pytest

from longshore.native.agent.health.plain import plain
from longshore.native.image.catalog.lookup import survey
from longshore.native.image.fetch import ferretdb
from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.providers import mongo
from longshore.native.image.store.imagejson import image_from_json, image_to_json


def test_another_server_than_was_asked_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ferretdb, "find_go", lambda: "/usr/bin/go")
    found = survey("mongo:6.0")
    assert (found.level, found.runs) == ("deviates", "ferretdb 1.24")
    assert found.text.startswith("ferretdb 1.24 in place of mongo 6.0: no transactions")
    assert survey("mongo:4.4").level == "refused"


def test_without_go_it_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ferretdb, "find_go", lambda: None)
    monkeypatch.setattr(mongo, "_is_built", lambda: False)
    found = survey("mongo:6.0")
    assert (found.level, "install Go" in found.todo) == ("refused", True)
    monkeypatch.setattr(mongo, "_is_built", lambda: True)
    assert survey("mongo:6.0").level == "deviates"


def test_its_usual_health_check_needs_no_process() -> None:
    test = ("CMD", "mongosh", "--quiet", "--eval", "db.adminCommand('ping')")
    assert plain(test, client=mongo.CLIENT) is not None
    for other in ("db.runCommand('ping')", "db.adminCommand('ping').ok || quit(1)"):
        assert plain((*test[:-1], other), client=mongo.CLIENT) is None


def test_the_ping_is_a_whole_message() -> None:
    message = mongo.PING.encode("latin-1")
    length, _, _, opcode, flags = struct.unpack_from("<iiiiI", message)
    assert (length, opcode, flags, message[20]) == (len(message), 2013, 0, 0)
    assert struct.unpack_from("<i", message, 21)[0] == len(message) - 21


def test_what_the_cache_keeps_of_it_comes_back() -> None:
    image = Image(
        "mongo:6.0", "", (), ImageConfig(), runs="x", server=mongo.PROVIDER.server and mongo.PROVIDER.server("6")
    )
    assert image_from_json(image_to_json(image)) == image
