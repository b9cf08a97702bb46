"""What is read of a log while the agent goes on writing it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longshore.engine.base import LogOptions
from longshore.native.command import logs
from longshore.native.command.logs import read_logs
from longshore.native.shared.logfiles import log_files
from longshore.state.observed import Container

WEB = Container("1", "shop-web-1", "web")


def write(path: Path, *numbers: int) -> None:
    entries = (
        {"t": float(number), "n": number, "s": "e" if number % 2 else "o", "l": f"line {number}"} for number in numbers
    )
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "shop-web-1.jsonl.2", 1, 2)
    write(tmp_path / "shop-web-1.jsonl.1", 3, 4)
    write(tmp_path / "shop-web-1.jsonl", 5, 6)
    (tmp_path / "shop-web-1.jsonl.old").write_text("no log")
    return tmp_path


def rotate(folder: Path) -> None:
    """As the agent does with three files: what was written goes one name on, and for a moment nothing is current."""
    current = folder / "shop-web-1.jsonl"
    current.with_name(f"{current.name}.1").replace(current.with_name(f"{current.name}.2"))
    current.replace(current.with_name(f"{current.name}.1"))


async def read(folder: Path, **options: object) -> list[str]:
    return [line.text async for line in read_logs(folder, [WEB], LogOptions(**options), None)]  # type: ignore[arg-type]


async def test_every_line_once_and_in_order(folder: Path) -> None:
    assert await read(folder) == [f"line {number}" for number in range(1, 7)]
    assert await read(folder, tail=3) == ["line 4", "line 5", "line 6"]
    assert await read(folder, tail=0) == []
    assert await read(folder, since=3.0, until=5.0) == ["line 3", "line 4", "line 5"]
    streams = [line.stream async for line in read_logs(folder, [WEB], LogOptions(tail=2), None)]
    assert streams == ["stderr", "stdout"]


async def test_a_log_that_is_renamed_while_it_is_read(folder: Path) -> None:
    found = []
    async for line in read_logs(folder, [WEB], LogOptions(), None):
        if not found:
            rotate(folder)
            write(folder / "shop-web-1.jsonl", 7)
        found.append(line.text)
    assert found == [f"line {number}" for number in range(1, 7)]


async def test_a_log_that_is_renamed_between_looking_and_opening(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`shore logs` of a service that writes much ended with "no such file"."""
    looks = 0

    def listed(directory: Path, name: str) -> list[Path]:
        nonlocal looks
        looks += 1
        found = log_files(directory, name)
        if looks == 1:
            rotate(folder)  # the current one is gone: the agent has not made the next yet
        elif looks == 2:
            write(folder / "shop-web-1.jsonl", 7)
        return found

    monkeypatch.setattr(logs, "log_files", listed)
    assert await read(folder) == [f"line {number}" for number in range(3, 8)]


async def test_what_an_earlier_container_of_the_name_wrote_is_not_shown(folder: Path) -> None:
    later = Container("1", "shop-web-1", "web", created=4.5)
    assert [line.text async for line in read_logs(folder, [later], LogOptions(), None)] == ["line 5", "line 6"]
    with (folder / "shop-web-1.jsonl").open("a") as file:
        file.write('{"t": 8, "n"')
    assert (await read(folder))[-1] == "line 6", "the last line of an agent that was killed"
