"""Which subordinate ids a user has, and what is said of one that has too few or cannot use them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.native.kernel.subids import shares_of, what_is_missing
from longshore.native.shared.volumes import VolumeMeta, Volumes

ENOUGH = "1000:100000:65535"


def _files(tmp_path: Path, uids: str, gids: str) -> tuple[str, str]:
    places = tmp_path / "subuid", tmp_path / "subgid"
    for place, text in zip(places, (uids, gids), strict=True):
        place.write_text(f"# made by hand\nother:5:70000\n{text}\nbroken:x:y\n")
    return str(places[0]), str(places[1])


@pytest.mark.parametrize(
    ("uids", "expected"),
    [
        (ENOUGH, ((0, 1000, 1), (1, 100000, 65535))),
        ("1000:100000:65536", ((0, 1000, 1), (1, 100000, 65535))),
        ("1000:100000:65000\n1000:300000:10000", ((0, 1000, 1), (1, 100000, 65000), (65001, 300000, 535))),
        ("1000:100000:65534", None),
        ("", None),
    ],
)
def test_shares_are_all_ids_of_a_container_or_none(tmp_path: Path, uids: str, expected: object) -> None:
    found = shares_of(1000, 1000, _files(tmp_path, uids, ENOUGH))
    assert (found.uids if found else None) == expected
    swapped = shares_of(1000, 1000, _files(tmp_path, ENOUGH, uids))
    assert (swapped.gids if swapped else None) == expected


def test_no_files_are_no_shares(tmp_path: Path) -> None:
    assert shares_of(1000, 1000, (str(tmp_path / "a"), str(tmp_path / "b"))) is None


def _program(tmp_path: Path, mode: int) -> str:
    place = tmp_path / "newuidmap"
    place.write_text("")
    place.chmod(mode)
    return str(place)


@pytest.mark.parametrize(
    ("uids", "place", "what", "todo"),
    [
        ("", "", "has no subordinate ids, and 65535 are wanted", "usermod --add-subuids"),
        ("1000:1:100", "", "has 100 subordinate ids", "/etc/subuid lists them"),
        (ENOUGH, "", "newuidmap is not installed", "apt-get install uidmap"),
        (ENOUGH, "plain", "has no right to map ids", "chmod u+s"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path, uids: str, place: str, what: str, todo: str) -> None:
    found = _program(tmp_path, 0o755) if place else None
    said = what_is_missing(1000, _files(tmp_path, uids, ENOUGH), lambda _: found)
    assert said is not None
    assert what in said[0]
    assert todo in said[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a program of root's")
def test_nothing_is_missing_where_the_programs_may_map(tmp_path: Path) -> None:
    found = _program(tmp_path, 0o4755)
    assert what_is_missing(1000, _files(tmp_path, ENOUGH, ENOUGH), lambda _: found) is None


def test_a_volume_remembers_its_ids_while_it_has_files(tmp_path: Path) -> None:
    volumes = Volumes(tmp_path / "volumes")
    volumes.create(VolumeMeta("db"))
    assert volumes.held_ids("db") == ""
    volumes.remember_ids("db", "many")
    assert volumes.held_ids("db") == "", "nothing is on it"
    (volumes.data("db") / "x").touch()
    assert volumes.held_ids("db") == "many"
    volumes.create(VolumeMeta("old"))
    (volumes.data("old") / "x").touch()
    assert volumes.held_ids("old") == "one", "of before it was written down"
    assert volumes.held_ids("none") == ""
