"""--parallel and COMPOSE_PARALLEL_LIMIT reach the plan's execution."""

from __future__ import annotations

import pytest

from longshore.cli.upoptions import parallel_limit
from tests.cli.conftest import Stage
from tests.cli.scenes import gallery


@pytest.mark.parametrize(
    ("words", "variable", "bound"),
    [([], "", 0), ([], "3", 3), (["--parallel", "2"], "3", 2), (["--parallel", "-1"], "3", 0), ([], "many", 0)],
)
def test_the_flag_beats_the_variable(
    shore: Stage, monkeypatch: pytest.MonkeyPatch, words: list[str], variable: str, bound: int
) -> None:
    seen: list[int] = []

    def looked(args: object) -> int:
        seen.append(parallel_limit(args))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setenv("COMPOSE_PARALLEL_LIMIT", variable)
    monkeypatch.setattr("longshore.cli.upoptions.parallel_limit", looked)
    shore.set(gallery())
    assert shore(*words, "up", "-d").code == 0
    assert seen == [bound]
