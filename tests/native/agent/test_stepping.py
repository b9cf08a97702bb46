"""Who a container's processes ask to be, as numbers of system calls; and what is remembered of it. Pure, but for a
folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.model.record import replace
from longshore.native.agent.container import stepping
from longshore.native.agent.container.stepping import Asked, remember, whom
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


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], tuple[Asked, list[str]]]:
    """One that answers for a process 1 of that status, and whom it told that it wants to be."""

    def make(status: dict[str, str]) -> tuple[Asked, list[str]]:
        monkeypatch.setattr(stepping, "status_of", lambda pid: status)
        monkeypatch.setattr(stepping, "Answering", lambda listener, answer: None)
        told: list[str] = []
        return Asked(-1, told.append), told

    return make


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
async def test_a_process_that_is_slow_to_say_its_group_is_waited_for(
    asking: Callable[[dict[str, str]], tuple[Asked, list[str]]],
) -> None:
    asked, told = asking({"Tgid": "7", "NStgid": "7 1", "Name": "setpriv"})
    assert not asked._is_to_begin_again(7, 117, [999, 999, 999])
    await asyncio.sleep(stepping._PATIENCE * 4)
    assert told == []
    assert asked._is_to_begin_again(7, 119, [998, 998, 998])
    assert told == ["999:998"]
    await asyncio.sleep(stepping._PATIENCE * 4)
    assert told == ["999:998"]


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
async def test_one_that_has_become_another_program_says_no_group_any_more(
    asking: Callable[[dict[str, str]], tuple[Asked, list[str]]],
) -> None:
    status = {"Tgid": "7", "NStgid": "7 1", "Name": "entry"}
    asked, told = asking(status)
    assert not asked._is_to_begin_again(7, 105, [999, 0, 0])
    status["Name"] = "server"
    await asyncio.sleep(stepping._PATIENCE * 10)
    assert told == ["999:0"]
