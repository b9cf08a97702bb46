"""Who a container's processes ask to be, as numbers of system calls; and what is remembered of it. Pure, but for a
folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.model.record import replace
from longshore.native.agent.container.stepping import remember, whom
from longshore.native.kernel.seccomp import Identities, identities
from longshore.native.shared.spec import ContainerSpec

NONE = 0xFFFFFFFFFFFFFFFF
SPEC = ContainerSpec("id", "db-1", "shop", "db", ("entry", "postgres"), ("/l/1",), image_id="sha256:1")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
@pytest.mark.parametrize(
    ("number", "arguments", "asked"),
    [
        (105, [999, 0, 0], Identities("uid", 999)),
        (113, [NONE, 999, 0], Identities("uid", 999)),
        (117, [999, 998, 997], Identities("uid", 998)),
        (117, [NONE, NONE, NONE], Identities("uid", None)),
        (106, [70, 0, 0], Identities("gid", 70)),
        (119, [70, 71, 72], Identities("gid", 71)),
        (116, [0, 0, 0], None),
    ],
)
def test_what_a_call_asks_for(number: int, arguments: list[int], asked: Identities | None) -> None:
    assert identities(number, arguments) == asked


def test_it_is_remembered_by_all_that_it_may_depend_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert whom(SPEC) == ""
    remember(SPEC, "999:998")
    assert whom(replace(SPEC, id="other", name="db-2", environment={"HOSTNAME": "x"})) == "999:998"
    for changed in (
        replace(SPEC, image_id="sha256:2"),
        replace(SPEC, argv=("entry", "bash")),
        replace(SPEC, environment={"PUID": "1000"}),
        replace(SPEC, user="app"),
    ):
        assert whom(changed) == ""
