"""The table of attributes: whole, without contradictions, and what the page says."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

from longshore.compose.types.shapes import SERVICE
from longshore.model.support import ATTRIBUTES, used_attributes

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/support_page.py"


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(SCRIPT))
    assert script["PAGE"].read_text() == script["page"](), "run: python scripts/support_page.py"


def test_no_attribute_is_there_twice_and_each_stands_below_its_parent() -> None:
    paths = [attribute.path for attribute in ATTRIBUTES]
    assert [path for path, count in Counter(paths).items() if count > 1] == []
    known: set[str] = set()
    for path in paths:
        parent = path.rpartition(".")[0]
        assert not parent or parent in known, path
        known.add(path)


def test_what_is_not_yes_says_why() -> None:
    for attribute in ATTRIBUTES:
        for support in (attribute.native, attribute.docker):
            assert support.level in ("yes", "no", "deviates")
            assert support.words or support.level == "yes", attribute.path


def test_everything_that_is_printed_of_a_service_is_in_the_table() -> None:
    known = {a.path.split(".")[2] for a in ATTRIBUTES if a.path.startswith("services.*.")}
    assert set(SERVICE.fields) <= known
    assert known - set(SERVICE.fields) == {"pull_refresh_after"}  # in the schema, and used by nothing


def test_used_attributes_of_a_service() -> None:
    raw = {
        "command": None,
        "image": "x",
        "privileged": False,
        "ports": [{"target": 80, "name": "web"}],
        "networks": {"default": None},
        "ulimits": {"nofile": {"soft": 1}},
    }
    found = {path: attribute.path for attribute, path in used_attributes(raw, "services.*")}
    assert found == {
        "image": "services.*.image",
        "ports": "services.*.ports",
        "ports.0": "services.*.ports.*",
        "ports.0.target": "services.*.ports.*.target",
        "ports.0.name": "services.*.ports.*.name",
        "networks": "services.*.networks",
        "ulimits": "services.*.ulimits",
        "ulimits.nofile": "services.*.ulimits.*",
        "ulimits.nofile.soft": "services.*.ulimits.*.soft",
    }
