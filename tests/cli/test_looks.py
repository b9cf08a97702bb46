"""How often an engine is asked for all that is there: it costs Docker a request for each container."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Stage
from tests.cli.scenes import Scene, broken, gallery, service, stack
from tests.cli.stage import Act, StageEngine


@pytest.mark.parametrize(
    ("words", "looks"),
    [
        ("up -d", 2), ("up -d --wait", 2), ("up -d --build", 2), ("up --dry-run", 1), ("create", 2),
        ("--engine native up -d", 2), ("run --rm backend true", 1),
    ],
)  # fmt: skip
def test_a_start_looks_before_and_after(shore: Stage, words: str, looks: int) -> None:
    scene = shore.set(gallery())
    assert shore(*words.split()).code == 0
    assert scene.engine.looks == looks


def test_an_attached_start_looks_no_more_however_many_it_follows(shore: Stage) -> None:
    names = [f"s{number}" for number in range(6)]
    engine = StageEngine({name: Act(ends=0.05, lines=(name,)) for name in names})
    shore.set(Scene(stack(*(service(name) for name in names)), engine))
    said = shore("up")
    assert (said.code, len(said.out.splitlines())) == (0, 12)
    assert engine.looks == 2


def test_a_failure_is_looked_at_once(shore: Stage) -> None:
    scene = shore.set(broken())
    assert shore("up", "-d", "--wait").code == 1
    assert scene.engine.looks == 2
