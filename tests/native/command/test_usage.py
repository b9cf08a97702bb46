"""What uses the image cache, found in every home that has the cache."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from longshore.model.codec import encode
from longshore.model.errors import ShoreError
from longshore.native.command.usage import remember, uses
from longshore.native.image.store.removal import Uses
from longshore.native.shared.places import Places
from longshore.native.shared.records import ProjectRecord, Record, save
from longshore.native.shared.spec import ContainerSpec


def home(tmp_path: Path, name: str) -> Places:
    return Places(tmp_path / name / "state", tmp_path / name / "data", tmp_path / "cache")


def container(places: Places, project: str, image: str, *layers: str) -> None:
    """A stopped container of a project that has no agent."""
    spec = ContainerSpec("id", f"{project}-a-1", project, "a", (), layers, image=image, image_id=f"id of {image}")
    state = places.project(project).state
    state.parent.mkdir(parents=True)
    save(state, encode(ProjectRecord(project)), {"id": json.dumps(encode(Record(spec, state="exited")))})


def volume(places: Places, *layers: str) -> None:
    folder = places.volumes / "v"
    folder.mkdir(parents=True)
    (folder / "_over.json").write_text(json.dumps({"layers": list(layers), "path": "app"}))


async def test_containers_and_volumes_of_every_home(tmp_path: Path) -> None:
    here, there = home(tmp_path, "here"), home(tmp_path, "there")
    container(here, "one", "app", "base", "own")
    container(there, "two", "web", "base", "other")
    volume(there, "laid")
    remember(here)
    remember(there)
    remember(there)
    both = frozenset({("app", "id of app"), ("web", "id of web")})
    assert await uses(here) == Uses(both, frozenset({"base", "own", "other", "laid"}))


async def test_a_home_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    here, there = home(tmp_path, "here"), home(tmp_path, "there")
    container(there, "two", "web", "other")
    remember(there)
    shutil.rmtree(tmp_path / "there")
    assert await uses(here) == Uses()
    assert list((here.cache / "homes").iterdir()) == []


async def test_what_cannot_be_read_is_no_proof_that_nothing_is_used(tmp_path: Path) -> None:
    here = home(tmp_path, "here")
    (here.project("one").state).mkdir(parents=True)
    with pytest.raises(ShoreError, match=r"it cannot be known which images are in use: .*state\.json: Is a directory"):
        await uses(here)
