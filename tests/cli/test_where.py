"""The global options as what a flow begins with."""

from __future__ import annotations

from argparse import Namespace

import pytest

from longshore.cli.where import elsewhere, make_engines, where
from longshore.flow.choice.engines import RealEngines
from longshore.model.errors import UsageError

NOTHING = {
    "files": None, "project": None, "project_directory": None, "profiles": None, "env_files": None, "engine": None,
    "strict": False, "offline": False, "image_source": None,
}  # fmt: skip


def test_nothing_asked() -> None:
    found = where(Namespace(**NOTHING))
    assert (found.files, found.project, found.project_directory, found.profiles) == ((), "", "", ())
    assert (found.env_files, found.engine, found.strict, found.offline) == ((), "", False, False)
    assert isinstance(found.opens, RealEngines)
    assert not found.opens.offline


def test_all_that_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHORE_IMAGES", raising=False)
    asked = {
        "files": ["a", "b"], "project": "p", "project_directory": "/d", "profiles": ["x"], "env_files": [".e"],
        "engine": "docker", "strict": True, "offline": True, "image_source": "builtin",
    }  # fmt: skip
    found = where(Namespace(**asked))
    assert (found.files, found.project, found.project_directory) == (("a", "b"), "p", "/d")
    assert (found.profiles, found.env_files, found.engine) == (("x",), (".e",), "docker")
    assert (found.strict, found.offline, found.environ["SHORE_IMAGES"]) == (True, True, "builtin")
    assert isinstance(found.opens, RealEngines)
    assert found.opens.offline
    there = elsewhere(found, {"DOCKER_HOST": "x"})
    assert isinstance(there.opens, RealEngines)
    assert (there.environ, there.opens.environ, there.opens.offline) == (
        {"DOCKER_HOST": "x"},
        {"DOCKER_HOST": "x"},
        True,
    )


def test_an_engine_that_is_none() -> None:
    with pytest.raises(UsageError, match="dokcer"):
        where(Namespace(**{**NOTHING, "engine": "dokcer"}))


def test_engines_download_unless_that_is_not_wanted() -> None:
    made = make_engines({})
    assert isinstance(made, RealEngines)
    assert not made.offline
