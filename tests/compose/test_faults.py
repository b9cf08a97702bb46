"""What is wrong with one line of a file, in full: where, what, and what to do (faults.txt)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compose.conftest import Folder

TABLE = Path(__file__).with_name("faults.txt")
REST = """  web2: {image: y}
  off: {image: y, profiles: [p, q]}
volumes: {data: }
secrets: {token: {file: ./f}, s: {file: ./f}}
networks: {x-a: {}}
configs: {c: {content: x}}
models: {m: {model: x}}
"""


def table() -> dict[str, list[str]]:
    """By line what is wrong with it. A line is an attribute of a service, or, after ".", an element of the top level;
    what is wrong is told below it, in more than that line with its place, and what to do in brackets."""
    found: dict[str, list[str]] = {}
    line = ""
    for text in TABLE.read_text().splitlines():
        if text.startswith("  "):
            found[line].append(text.removeprefix("  "))
        elif not text.startswith("#"):
            line = text
            found[line] = []
    return found


def file_of(line: str) -> str:
    if line.startswith("."):
        return f"{line[1:]}\nservices: {{web: {{image: x}}}}\n"
    image = "" if line.startswith("image:") else "image: x, "
    return f"services:\n  web: {{{image}\n    {line}}}\n{REST}"


@pytest.mark.parametrize(("line", "expected"), table().items(), ids=table())
def test_is_told_in_full(folder: Folder, line: str, expected: list[str]) -> None:
    here = "compose.yaml:1:" if line.startswith(".") else "compose.yaml:3:"
    assert [one.removeprefix(here) for one in folder.told(file_of(line))] == expected
