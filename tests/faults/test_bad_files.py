"""Files that are wrong: one line with file and line, one with what to do, exit 1, nothing started."""

from __future__ import annotations

import os

import pytest

from tests.shore import Shore

# what is wrong: (file, words that the first line must carry)
MISTAKES = {
    "empty": ("", ["compose.yaml"]),
    "not yaml": ("services:\n  web: [unclosed\n", ["compose.yaml:"]),
    "not a mapping": ("- just\n- a list\n", ["compose.yaml"]),
    "unknown key": ("services:\n  web:\n    image: nginx\n    prots: ['80']\n", ["compose.yaml:4", "prots", "ports"]),
    "port out of range": (
        "services:\n  web:\n    image: nginx\n    ports: ['70000:80']\n",
        ["compose.yaml:4", "70000"],
    ),
    "cycle": (
        "services:\n  a:\n    image: x\n    depends_on: [b]\n  b:\n    image: x\n    depends_on: [a]\n",
        ["compose.yaml:", "a", "b"],
    ),
    "missing env_file": (
        "services:\n  web:\n    image: nginx\n    env_file: gone.env\n",
        ["compose.yaml:4", "gone.env"],
    ),
    "required variable": ("services:\n  web:\n    image: ${IMAGE:?set me}\n", ["compose.yaml:3", "IMAGE", "set me"]),
    "unknown dependency": ("services:\n  web:\n    image: x\n    depends_on: [bd]\n", ["compose.yaml:4", "bd"]),
    "bad condition": (
        "services:\n  db: {image: x}\n  web:\n    image: x\n    depends_on: {db: {condition: healthy}}\n",
        ["compose.yaml:5", "healthy", "service_healthy"],
    ),
    "neither image nor build": ("services:\n  web:\n    command: x\n", ["compose.yaml:", "web"]),
    "undefined volume": ("services:\n  web:\n    image: x\n    volumes: ['data:/d']\n", ["compose.yaml:4", "data"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_line_says_where_and_the_next_what_to_do(mistake: str, shore: Shore) -> None:
    text, words = MISTAKES[mistake]
    shore.write(compose=text)
    done = shore.run("up", "-d")
    assert done.code == 1, done.text
    lines = [line for line in done.err.splitlines() if line.strip()]
    told = "\n".join(lines)
    assert all(word in told for word in words), told
    assert len(lines) <= 6, told
    assert done.out == ""
    assert not any((shore.home / "run").iterdir())


def test_no_file_at_all(shore: Shore) -> None:
    done = shore.run("up", "-d")
    assert done.code == 1
    assert "compose.yaml" in done.err
    assert len(done.err.splitlines()) <= 3


def test_a_file_that_is_named_but_missing(shore: Shore) -> None:
    done = shore.run("-f", "gone.yaml", "up", "-d")
    assert done.code == 1
    assert "gone.yaml" in done.err


@pytest.mark.parametrize("make", ["directory", "fifo", "nul", "latin", "deep", "bomb"])
def test_garbage_is_refused_quickly(make: str, shore: Shore) -> None:
    path = shore.folder / "compose.yaml"
    if make == "directory":
        path.mkdir()
    elif make == "fifo":
        os.mkfifo(path)
    else:
        path.write_bytes(_GARBAGE[make])
    done = shore.run("up", "-d", timeout=20)
    assert done.code == 1
    assert "compose.yaml" in done.err


def _bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    return "\n".join([*lines, "services: {web: {image: *a9}}"]).encode()


_GARBAGE = {
    "nul": b"services:\x00\n",
    "latin": "services: {web: {image: caf\xe9}}\n".encode("latin-1"),
    "deep": b"services: " + b"{a: " * 10_000 + b"}" * 10_000,
    "bomb": _bomb(),
}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("upp",), "up"),
        (("up", "--wiat"), "--wait"),
        (("--engine", "podman", "up"), "native"),
        (("logs", "--tail"), ""),
    ],
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...], hint: str, shore: Shore) -> None:
    shore.write(compose="services: {web: {image: nginx}}\n")
    done = shore.run(*words)
    assert done.code == 2, done.text
    assert hint in done.err
