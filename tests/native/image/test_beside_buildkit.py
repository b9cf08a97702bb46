"""Every Dockerfile of the table natively, against what BuildKit answered when it was asked (`buildkit/record.py`)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from longshore.native.image.store.images import ImageStore
from tests.installed import Installed, user_environment
from tests.native.image.buildkit.answer import Node, for_anybody
from tests.native.image.buildkit.case import Case
from tests.native.image.buildkit.cases import CASES
from tests.native.image.buildkit.natively import Natively, file_server
from tests.native.image.buildkit.recorded import BUILDKIT, OURS, SAMPLE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

WHOLE = "LONGSHORE_BUILDKIT" in os.environ
CHOSEN = CASES if WHOLE else SAMPLE
"""The whole table takes some minutes: LONGSHORE_BUILDKIT=1. An ordinary user's part is one test's preparation, in which
the base is made too: on a busy machine that is longer than a test may take."""
FOR_ANYBODY = tuple(case for case in CHOSEN if not case.root_only)


@pytest.fixture(scope="module")
def natively(image_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Natively]:
    with file_server() as url:
        yield Natively(ImageStore(image_cache), tmp_path_factory.mktemp("table"), url)


@pytest.fixture(scope="module")
def as_user(ordinary_user: Installed) -> dict[str, dict[str, Any]]:
    """All cases carried out by an ordinary user, in one go."""
    command = [*ordinary_user.user.prefix, ordinary_user.python, "-m", "tests.native.image.buildkit.natively"]
    result = subprocess.run(
        [*command, *(case.name for case in FOR_ANYBODY)],
        cwd=ordinary_user.clone, env=user_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    return {answer.pop("name"): answer for answer in map(json.loads, result.stdout.splitlines())}


def _check(case: Case, answer: dict[str, Any], base: Mapping[str, Node], *, owners: bool) -> None:
    wanted = OURS[case.name] if case.differs else BUILDKIT[case.name]
    if "refused" in wanted:
        assert "refused" in answer, f"refused by BuildKit: {wanted['refused']}\n{answer}"
        # BuildKit does not say of every refusal where it is
        assert wanted["line"] in (0, answer["line"]), f"{answer['refused']}\n{wanted['refused']}"
        for word in case.says:
            assert word.lower() in answer["refused"].lower(), f"{answer['refused']}\n{wanted['refused']}"
        return
    assert "refused" not in answer, answer["refused"]
    assert answer["config"] == wanted["config"]
    if owners:
        assert answer["tree"] == wanted["tree"]
    else:
        assert _changed(answer["tree"], base) == _changed(wanted["tree"], base)


def _changed(tree: Mapping[str, str], base: Mapping[str, Node]) -> dict[str, str]:
    """What is not as in the base, for an ordinary user: where only the owner changed, nothing did."""
    before = for_anybody({path: node.line(dated=node.kind != "d") for path, node in base.items() if path in tree})
    return {path: line for path, line in for_anybody(tree).items() if line != before.get(path)}


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
async def test_as_buildkit(natively: Natively, case: Case) -> None:
    if os.geteuid() and case.root_only:
        pytest.skip(f"needs root: {case.root_only}")
    _check(case, await natively.answer(case), natively.nodes, owners=os.geteuid() == 0)


@pytest.mark.parametrize("case", FOR_ANYBODY, ids=lambda case: case.name)
async def test_as_buildkit_for_an_ordinary_user(
    as_user: dict[str, dict[str, Any]], natively: Natively, case: Case
) -> None:
    await natively.base()
    _check(case, as_user[case.name], natively.nodes, owners=False)
