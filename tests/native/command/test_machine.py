"""What is remembered of an examined machine, and when it is examined again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.native.command import machine
from longshore.native.shared.places import Places


class Tries:
    """Stands in for the child that tries everything; `answer` is what it finds."""

    def __init__(self) -> None:
        self.count, self.answer = 0, {"overlay": "directory"}

    def __call__(self, places: Places) -> dict[str, str]:
        self.count += 1
        return self.answer


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> Tries:
    made = Tries()
    monkeypatch.setattr(machine, "_try", made)
    return made


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.of({"HOME": str(tmp_path)})


async def test_what_went_well_is_not_tried_again(places: Places, tries: Tries) -> None:
    first = await machine.examine(places)
    assert await machine.examine(places) == first
    assert tries.count == 1


async def test_a_failure_is_tried_again_each_time(places: Places, tries: Tries) -> None:
    tries.answer = {"failed": "make namespaces", "error": "Operation not permitted"}
    assert (await machine.examine(places)).failed
    tries.answer = {"overlay": "tmpfs"}
    assert (await machine.examine(places)).overlay == "tmpfs"
    assert (await machine.examine(places)).overlay == "tmpfs"
    assert tries.count == 2


@pytest.mark.parametrize("name", ["boot_id", "apparmor_restrict_unprivileged_userns", "max_user_namespaces", "uid_map"])
async def test_it_is_tried_again_when_something_has_changed(
    name: str, places: Places, tries: Tries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = tmp_path / name
    changed.write_text("before")
    paths = tuple(changed if path.name == name else path for path in machine._DEPENDS_ON)
    assert paths != machine._DEPENDS_ON
    monkeypatch.setattr(machine, "_DEPENDS_ON", paths)
    await machine.examine(places)
    changed.write_text("after")
    await machine.examine(places)
    assert tries.count == 2


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "[" * 100_000, '{"overlay": "directory"}', '{"circumstances": []}']
)
async def test_garbage_is_no_knowledge(content: str, places: Places, tries: Tries) -> None:
    places.state.mkdir(parents=True)
    (places.state / ".machine.json").write_text(content)
    await machine.examine(places)
    assert tries.count == 1


async def test_a_start_that_failed_makes_it_look_anew(places: Places, tries: Tries) -> None:
    await machine.examine(places)
    machine.forget(places)
    machine.forget(places)
    await machine.examine(places)
    assert tries.count == 2


async def test_what_cannot_be_forgotten_hides_no_error(places: Places, tries: Tries) -> None:
    """`forget` is called while another error is on its way to the user."""
    (places.state / ".machine.json").mkdir(parents=True)
    machine.forget(places)
    machine.forget(Places.of({"HOME": "/proc/self/status"}))
    await machine.examine(places)
    assert tries.count == 1


async def test_a_full_disk_leaves_no_half_of_it(places: Places, tries: Tries, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    await machine.examine(places)
    assert list(places.state.iterdir()) == []


async def test_it_is_written_through_no_link(places: Places, tries: Tries, tmp_path: Path) -> None:
    """Where others may write to the state directory too."""
    precious = tmp_path / "precious"
    precious.write_text("kept")
    places.state.mkdir(parents=True)
    (places.state / f".machine.{os.getpid()}").symlink_to(precious)
    (places.state / ".machine.json").symlink_to(precious)
    await machine.examine(places)
    await machine.examine(places)
    assert precious.read_text() == "kept"
    assert tries.count == 2


async def test_a_kernel_without_namespaces_is_examined(
    places: Places, tries: Tries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no /proc/self/ns/user; what is missing is named, not met."""
    monkeypatch.setattr(machine, "_NAMESPACES", (Path("/proc/self/ns/none"),))
    tries.answer = {"failed": "make namespaces", "error": "Invalid argument"}
    assert (await machine.examine(places)).failed == "make namespaces"
