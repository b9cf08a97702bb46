"""down --rmi: which images go, and which stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

BUILT = """
services:
  own: {build: ., command: sleep 1000, init: true}
  named: {build: ., image: 'shore-rmi-%s:1', command: sleep 1000, init: true}
"""
BASE = "services: {base: {image: 'debian:bookworm-slim', command: sleep 1000, init: true}}"
USER = "services: {user: {build: ., image: 'shore-rmi-%s:1', command: sleep 1000, init: true}}"


@pytest.fixture
def built(shore: Shore) -> Shore:
    """Two services of one Dockerfile that no other test has: only one's image has a name of its own."""
    shore.write(
        compose=BUILT % shore.project,
        Dockerfile=f"FROM debian:bookworm-slim\nRUN echo {shore.project} > /of\n",
        **{"base.yaml": BASE, "user.yaml": USER % shore.project},
    )
    shore.ok("up", "-d", "--build")
    return shore


def to_build(shore: Shore) -> set[str]:
    """The images that are not there."""
    lines = [line.split() for line in shore.ok("up", "--dry-run").out.splitlines()]
    return {words[2] for words in lines if words[1:2] == ["build"]}


def test_local_images_go_then_all(built: Shore) -> None:
    own, named = f"{built.project}-own", f"shore-rmi-{built.project}:1"
    plan = [line.split()[1:4] for line in built.ok("down", "--rmi", "local", "--dry-run").out.splitlines()]
    assert ["remove", "image", own] in plan
    assert to_build(built) == set()
    assert f"image {own}: removed" in built.ok("down", "--rmi", "local", "-t", "1").err
    assert to_build(built) == {own}
    built.ok("up", "-d")
    assert built.ok("exec", "-T", "own", "cat", "/of").out.strip() == built.project
    built.ok("down", "--rmi", "all", "-t", "1")
    assert to_build(built) == {own, named}
    built.ok("down", "--rmi", "all")
    assert "pull" not in built.ok("-f", "base.yaml", "up", "--dry-run").out, "a base image is no service's"


def test_what_shares_its_layers_goes_on(built: Shore) -> None:
    """`own` and `named` are the same build under two names."""
    built.ok("down", "-t", "1")
    built.ok("up", "-d", "named")
    built.ok("down", "--rmi", "local", "own")
    assert to_build(built) == {f"{built.project}-own"}
    assert built.ok("exec", "-T", "named", "cat", "/of").out.strip() == built.project
    built.ok("restart", "-t", "1", "named")
    assert built.ok("exec", "-T", "named", "cat", "/of").out.strip() == built.project


def test_an_image_that_another_project_uses_stays_and_that_is_said(built: Shore) -> None:
    project, image = built.project, f"shore-rmi-{built.project}:1"
    built.project = f"{project}o"
    built.ok("-f", "user.yaml", "up", "-d")
    for stopped in (False, True):
        if stopped:
            built.ok("-f", "user.yaml", "stop", "-t", "1")
        built.project = project
        assert f"image {image}: stays: something else uses it" in built.ok("down", "--rmi", "all", "-t", "1").err
        built.project = f"{project}o"
    built.ok("-f", "user.yaml", "start")
    assert built.ok("-f", "user.yaml", "exec", "-T", "user", "cat", "/of").out.strip() == project
    built.ok("-f", "user.yaml", "down", "-t", "1")
    built.project = project
    assert f"image {image}: removed" in built.ok("down", "--rmi", "all").err


def test_what_runs_in_another_home_with_the_same_cache_loses_nothing(built: Shore, engine: str) -> None:
    if engine != "native-root":
        pytest.skip("a home is a matter of the native engine's, and the same for every user")
    other = replace(built, home=built.home.parent / "other")
    other.ok("up", "-d")
    try:
        told = built.ok("down", "--rmi", "all", "-t", "1").err
        assert told.count("stays: something else uses it") == 2
        other.ok("restart", "-t", "1")
        assert other.ok("exec", "-T", "own", "cat", "/of").out.strip() == built.project
    finally:
        other.down()
    assert built.ok("down", "--rmi", "all").err.count("removed") == 2
