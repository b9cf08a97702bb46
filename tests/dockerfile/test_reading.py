"""What is read as a Dockerfile or a .dockerignore, and what is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.dockerfile.ignore import MOST, dockerfile_text, find_ignore
from longshore.dockerfile.instructions import parse
from longshore.model.errors import ShoreError
from longshore.model.service import Build


@pytest.mark.parametrize(
    ("kind", "says"), [("large", "a file may have 4 MB"), ("fifo", "no regular file"), ("nothing", "does not exist")]
)
def test_what_is_no_dockerfile_is_refused(tmp_path: Path, kind: str, says: str) -> None:
    file = tmp_path / "Dockerfile"
    if kind == "large":
        file.touch()
        os.truncate(file, MOST + 1)
    elif kind == "fifo":
        os.mkfifo(file)
    with pytest.raises(ShoreError, match=says):
        dockerfile_text(Build(str(tmp_path)))


def test_a_dockerignore_that_is_no_list_of_patterns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ".dockerignore"
    file.touch()
    os.truncate(file, MOST + 1)
    with pytest.raises(ShoreError, match="a file may have"):
        find_ignore(tmp_path)


def test_a_word_as_long_as_a_file_is_told_in_short() -> None:
    with pytest.raises(ShoreError) as caught:
        parse("\0" * (1 << 16), "Dockerfile")
    assert len(str(caught.value)) < 200
