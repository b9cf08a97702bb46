"""docker-dev.sh: what each of its commands hands to `shore` or `docker compose`, and what it says when one is away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "stacks/backend/docker-dev.sh"
ME = f"{os.getuid()}:{os.getgid()}"
AS_ME = f"-u {ME} " if os.getuid() == 0 else ""

COMMANDS = [
    ("start", ["up -d --wait"]),
    ("stop", ["stop"]),
    ("restart backend", ["restart backend"]),
    ("status", ["ps -a"]),
    ("logs backend", ["logs --follow --tail 100 backend"]),
    ("shell", ["exec backend python manage.py shell"]),
    ("migrate tasks", ["exec backend python manage.py migrate tasks"]),
    ("makemigrations", [f"exec {AS_ME}backend python manage.py makemigrations"]),
    ("test -k health", ["run --rm backend pytest -k health"]),
    ("clean --yes", ["down -v --remove-orphans"]),
]


STAND_IN = """\
#!/bin/sh
case "$*" in
*"ps -q"*) echo {container} ;;
*version*) exit {version} ;;
*) echo "$@" >>{log} ;;
esac
"""


def run(
    folder: Path, *words: str, tool: str = "shore", container: str = "1", version: int = 0
) -> tuple[int, str, list[str]]:
    """Exit code, stderr, and the commands that reached the stand-in for a tool: one whose back end runs as `container`
    and whose `version` command exits with `version`."""
    log = folder / "log"
    log.write_text("")
    (folder / tool).write_text(STAND_IN.format(container=container, version=version, log=log))
    (folder / tool).chmod(0o755)
    env = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run([SCRIPT, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.returncode, done.stderr, log.read_text().splitlines()


@pytest.mark.parametrize(("words", "expected"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_commands_go_to_shore(tmp_path: Path, words: str, expected: list[str]) -> None:
    code, err, calls = run(tmp_path, *words.split())
    assert (code, calls) == (0, expected), err


def test_and_with_docker_to_docker_compose(tmp_path: Path) -> None:
    assert run(tmp_path, "--docker", "start", tool="docker")[2] == ["compose up -d --wait"]
    assert run(tmp_path, "--docker", "makemigrations", tool="docker")[2] == [
        f"compose exec -u {ME} backend python manage.py makemigrations"
    ]


@pytest.mark.parametrize("words", ["shell", "migrate", "makemigrations"])
def test_what_needs_the_back_end_says_that_it_is_down(tmp_path: Path, words: str) -> None:
    code, err, calls = run(tmp_path, words, container="")
    assert (code, calls) == (1, [])
    assert "the back end is not running" in err
    assert "./docker-dev.sh start" in err


def test_clean_does_not_delete_without_a_yes(tmp_path: Path) -> None:
    code, err, calls = run(tmp_path, "clean")
    assert (code, calls) == (1, [])
    assert "deletes the database" in err


def test_an_unknown_command_and_a_missing_tool(tmp_path: Path) -> None:
    code, err, _ = run(tmp_path, "dance")
    assert code == 2
    assert "there is no command 'dance'" in err
    code, err, calls = run(tmp_path, "--docker", "start", tool="docker", version=1)
    assert (code, calls) == (127, [])
    assert "docker compose is not installed" in err
