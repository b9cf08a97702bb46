"""The file for bake: Docker Compose 2.40.3's `build --print` of bake.yaml, which is bake.json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from longshore.compose.load import LoadOptions, load_project
from longshore.compose.types.project import Project
from longshore.compose.write.bake import BakeOptions, bake_text, build_dependencies
from tests.compose.conftest import Folder

HERE = Path(__file__).parent
ASKED = ("a.b", "inline", "remote", "git", "deep")


@pytest.fixture
def project(folder: Folder) -> Project:
    shutil.copy(HERE / "bake.yaml", folder.path / "compose.yaml")
    (folder.path / "lib").mkdir()
    (folder.path / "link").symlink_to("lib")
    environ = {"PWD": str(folder.path), "HOME": "/home/someone"}
    return load_project(LoadOptions(environ=environ))


def bake(project: Project, names: tuple[str, ...], **options: Any) -> Any:
    targets = build_dependencies(project, names)
    text = bake_text(project, targets, targets, BakeOptions(**{"args": {}, **options}))
    return json.loads(text.replace(project.working_dir, "@ROOT@")) if text else None


def test_is_what_docker_compose_prints(project: Project) -> None:
    """Its limits and the names of the group come in any order there."""
    theirs, ours = json.loads((HERE / "bake.json").read_text()), bake(project, ASKED)
    for made in (theirs, ours):
        made["group"]["default"]["targets"].sort()
        made["target"]["a_b"]["ulimits"].sort()
    assert ours == theirs
    assert [*ours["target"]] == sorted(ours["target"])


@pytest.mark.parametrize(
    ("service", "options", "changed"),
    [
        ("inline", {}, {"output": ["type=docker"]}),
        ("inline", {"pull": True, "no_cache": True}, {"pull": True, "no-cache": True, "output": ["type=docker"]}),
        ("inline", {"push": True}, {"output": ["type=docker"]}),
        ("remote", {"push": True}, {"output": ["type=registry"]}),
        ("deep", {"push": True}, {"output": ["type=image,push=false"]}),
        (
            "a.b",
            {"args": {"A": "2", "NOPE": None, "HOME": None}},
            {"args": {"A": "2", "HOME": "/home/someone", "Z": "$${z}"}},
        ),
        ("inline", {"check": True}, {"call": "lint"}),
        ("inline", {"ssh": (("default", ""), ("k", "/k"))}, {"ssh": ["default=", "k=/k"]}),
    ],
)
def test_what_the_command_line_adds(
    project: Project, service: str, options: dict[str, Any], changed: dict[str, Any]
) -> None:
    target = bake(project, (service,), **options)["target"][service.replace(".", "_")]
    assert {key: target[key] for key in changed} == changed
    assert ("output" in target) is not options.get("check", False)


def test_of_what_is_not_built_there_is_nothing(project: Project) -> None:
    assert bake(project, ("none",)) is None
    assert [*bake(project, ("none", "inline"))["target"]] == ["inline"]
    assert build_dependencies(project, ("a.b",)) == ("a.b", "lib.c", "deep")
