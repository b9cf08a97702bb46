"""Variants of a small stack with one fault each: verify names exactly that criterion; of the sound one nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.shore import Shore
from tests.verify.broken.variants import QUICK, VARIANTS, Change

SOUND = Path(__file__).with_name("broken") / "parcels"
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def lay_out(folder: Path, changes: Iterable[Change] = (), sound: Path = SOUND) -> Path:
    """The stack with these changes, as a tree of its own."""
    shutil.copytree(sound, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for change in changes:
        path = folder / change.file
        text = path.read_text() if path.exists() else ""
        assert not change.old or text.count(change.old) == 1, change
        path.write_text(text.replace(change.old, change.new) if change.old else text + change.new)
    return folder


def verified(shore: Shore, *families: str, services: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Every result by its id, of a run on a copy of all or of some services; the exit code fits them."""
    words = [word for family in families for word in ("--family", family)]
    done = shore.run("verify", "--fresh", "--format", "json", *words, *services, timeout=500)
    assert done.out, done.err
    report = json.loads(done.out)
    results = {one["criterion"]["id"]: one["seen"] for one in report["results"]}
    assert done.code == (1 if any(seen["verdict"] == "falls short" for seen in results.values()) else 0), done.err
    return results


def named(results: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What is neither held nor skipped, with what was seen."""
    return {
        ident: f"{seen['verdict']}: {seen['seen'] or seen['reason']}"
        for ident, seen in results.items()
        if seen["verdict"] not in ("holds", "skipped")
    }


def nothing_remains(home: Path) -> None:
    state = home / "state/longshore"
    assert [entry.name for entry in state.iterdir() if "fresh" in entry.name] == []
    assert list((state / ".verify").iterdir()) == []
    volumes = home / "data/longshore/volumes"
    assert not volumes.exists() or list(volumes.iterdir()) == []


def test_the_sound_one(tmp_path: Path) -> None:
    shore = Shore(lay_out(tmp_path / "tree"), tmp_path)
    results = verified(shore, *QUICK, "recovers")
    assert named(results) == {}
    assert {ident: seen["reason"] for ident, seen in results.items() if seen["verdict"] == "skipped"} == {}
    nothing_remains(tmp_path)


@pytest.mark.parametrize("name", VARIANTS)
def test_exactly_that_fault(name: str, tmp_path: Path) -> None:
    variant = VARIANTS[name]
    shore = Shore(lay_out(tmp_path / "tree", variant.changes), tmp_path)
    found = named(verified(shore, *variant.families))
    assert set(found) == {variant.criterion}, found
    nothing_remains(tmp_path)
