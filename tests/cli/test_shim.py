"""What a docker command line means to the programs of `shore shim`."""

from __future__ import annotations

import os

import pytest

from longshore.cli.shimwords import meant, plugin_folder


@pytest.mark.parametrize(
    ("called", "words", "what", "left"),
    [
        ("docker", "compose up -d", "compose", "up -d"),
        ("docker", "-H tcp://x --debug compose -f a ps", "compose", "-f a ps"),
        ("docker", "--log-level error compose ps", "compose", "ps"),
        ("docker", "run compose up", "docker", "run compose up"),
        ("docker", "-H x ps", "docker", "-H x ps"),
        ("docker", "", "docker", ""),
        ("docker-compose", "up -d", "compose", "up -d"),
        ("docker-compose", "-p compose up", "compose", "-p compose up"),
        ("docker-compose", "--context c compose ps", "compose", "ps"),
        ("docker-compose", "docker-cli-plugin-metadata", "metadata", ""),
    ],
)
def test_what_is_asked(called: str, words: str, what: str, left: str) -> None:
    found = meant(called, words.split())
    assert (found.what, " ".join(found.words)) == (what, left)


def test_which_engine_is_asked_for_comes_as_a_variable() -> None:
    found = meant("docker", ["--host=tcp://x", "--context", "c", "--config", "/d", "compose", "ps"])
    assert found.variables == {"DOCKER_HOST": "tcp://x", "DOCKER_CONTEXT": "c", "DOCKER_CONFIG": "/d"}


def test_where_docker_looks_for_plug_ins() -> None:
    own = os.path.expanduser("~")  # noqa: PTH111 (as the program asks)
    assert plugin_folder({"HOME": "/h"}) == "/h/.docker/cli-plugins"
    assert plugin_folder({"HOME": "/h", "DOCKER_CONFIG": "/c"}) == "/c/cli-plugins"
    assert plugin_folder({}) == f"{own}/.docker/cli-plugins"
