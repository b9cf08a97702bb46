"""The table that users read and the table that the engine refuses by tell the same API versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from longshore.docker.api.versions import NEEDS, START_INTERVAL, Need
from longshore.model.support import ATTRIBUTES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "docker-engine.md"

PUBLISHED = {
    "volumes.volume.subpath": "services.*.volumes.*.volume.subpath",
    "volumes.type: image": "services.*.volumes.*.image",
    "volumes.bind.recursive": "services.*.volumes.*.bind.recursive",
    "networks.gw_priority": "services.*.networks.*.gw_priority",
    "networks.interface_name": "services.*.networks.*.interface_name",
    "networks.mac_address (on several networks)": "services.*.networks.*.mac_address",
}


@pytest.mark.parametrize("need", [need for need in NEEDS if need.key in PUBLISHED], ids=lambda need: need.key)
def test_the_support_table_says_the_same_version(need: Need) -> None:
    found = next(attribute for attribute in ATTRIBUTES if attribute.path == PUBLISHED[need.key])
    assert found.docker.api == str(need.version)


def test_the_page_of_the_engine_says_them_too() -> None:
    told = re.findall(r"^\| (.+?) \| (1\.\d+) \|", PAGE.read_text(), re.MULTILINE)
    words = {version for _, version in told}
    assert {str(need.version) for need in NEEDS} | {str(START_INTERVAL)} == words
