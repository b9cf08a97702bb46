"""The agent that `up` begins before it has read its options."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from longshore.cli.prestart import prepare_agent
from longshore.native.command import spawn


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (tmp_path / "compose.yaml").write_text("name: shop\nservices: {a: {image: x}}\n")
    (tmp_path / "other.yaml").write_text("services:\n  a: {image: x}\n")
    monkeypatch.chdir(tmp_path)
    for name in ("SHORE_ENGINE", "COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_ENV_FILES"):
        monkeypatch.delenv(name, raising=False)
    found: list[str] = []
    monkeypatch.setattr(spawn, "prepare", found.append)
    return found


@pytest.mark.parametrize(
    ("environ", "known"),
    [
        ({}, False),
        ({"DOCKER_HOST": "unix:///run/docker.sock"}, False),
        ({"DOCKER_HOST": "tcp://far:2376"}, True),
        ({"DOCKER_CONTEXT": "far"}, True),
        ({"DOCKER_CONFIG": "CONFIG"}, True),
    ],
)
def test_asyncio_knows_tls_where_an_engine_may_need_it(environ: dict[str, str], known: bool, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    environ = {"HOME": str(tmp_path / "none"), **environ}
    if "DOCKER_CONFIG" in environ:
        environ["DOCKER_CONFIG"] = str(tmp_path)
    code = """
import os
from longshore.cli.prestart import load_asyncio
load_asyncio(os.environ)
import asyncio.base_events
import ssl
print(asyncio.base_events.ssl is not None, hasattr(ssl, "create_default_context"))
"""
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(known), "True"]


@pytest.mark.parametrize(
    ("words", "project"),
    [
        ("up -d --wait", "shop"),
        ("-f compose.yaml --engine native up", "shop"),
        ("-p mine up api", "mine"),
        ("-f other.yaml -p one -p two up", "two"),
    ],
)
def test_it_is_for_the_project_that_is_plain_to_see(prepared: list[str], words: str, project: str) -> None:
    prepare_agent(words.split())
    assert prepared == [project]


@pytest.mark.parametrize(
    "words",
    ["ps", "up --dry-run", "up --help", "--engine docker up", "--project-directory x up", "-f none.yaml up", "-f", ""],
)
def test_it_is_not_begun_in_vain(prepared: list[str], words: str) -> None:
    prepare_agent(words.split())
    assert prepared == []


def test_nor_where_the_environment_names_another_engine(prepared: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORE_ENGINE", "docker")
    prepare_agent(["up"])
    assert prepared == []
