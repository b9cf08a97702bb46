"""What is offered at each place of a command line, and the scripts in the real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from longshore.cli.commands.complete import candidates
from tests.cli.conftest import Stage

FILE = "services: {web: {image: a}, worker: {image: b}, debug: {image: c, profiles: [debug]}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(FILE)
    (tmp_path / "other.yaml").write_text("services: {only: {image: a}}\n")
    return tmp_path


def _offered(*words: str) -> list[str]:
    """What is offered for the last word."""
    return [word for word, _ in candidates(words, len(words) - 1)]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["u"], ["up", "unpause"]),
        (["re"], ["restart", "restore"]),
        (["--eng"], ["--engine"]),
        (["--engine", ""], ["auto", "native", "docker"]),
        (["--engine", "n"], ["native"]),
        (["--engine", "=", "n"], ["native"]),
        (["--engine", "="], ["auto", "native", "docker"]),
        (["up", "--exit-code-from", "="], ["debug", "web", "worker"]),
        (["up", "--scale", "web", "="], []),
        (["-f", ""], []),
        (["up", "--fo"], ["--force-recreate"]),
        (["up", "w"], ["web", "worker"]),
        (["up", "web", ""], ["debug", "worker"]),
        (["up", "-d", "--wait", "wo"], ["worker"]),
        (["up", "--wait-timeout", "5", "wo"], ["worker"]),
        (["logs", "-f", "we"], ["web"]),
        (["logs", "-n", "5", "we"], ["web"]),
        (["up", "--scale", "w"], ["web=", "worker="]),
        (["up", "--exit-code-from", "we"], ["web"]),
        (["exec", "-u", "root", "we"], ["web"]),
        (["exec", "web", ""], []),
        (["-f", "other.yaml", "ps", ""], ["only"]),
        (["-f", "missing.yaml", "ps", ""], []),
        (["--file", "=", "other.yaml", "ps", ""], ["only"]),
        (["-p", "x", "--file", "=", "other.yaml", "ps", ""], ["only"]),
        (["ps", "--status", "run"], ["running"]),
        (["completion", "z"], ["zsh"]),
        (["volume", ""], ["rm", "ls", "create"]),
        (["nonsense", ""], []),
    ],
)
def test_candidates(folder: Path, words: list[str], offered: list[str]) -> None:
    assert _offered(*words) == offered


def test_commands_carry_a_description(folder: Path) -> None:
    assert dict(candidates(["down"], 0))["down"].startswith("stop and remove containers")


def test_nothing_hidden_is_offered(folder: Path) -> None:
    assert "__complete" not in _offered("")
    assert "--all-resources" not in _offered("--")


def test_a_broken_file_offers_nothing(folder: Path) -> None:
    (folder / "compose.yaml").write_text("services: [")
    assert _offered("up", "") == []


def test_an_unknown_shell(shore: Stage) -> None:
    assert shore("completion", "tcsh").code == 2


def _shell(name: str, script: str, folder: Path) -> str:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [program, *({"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[name]), "-c", script],
        capture_output=True, text=True, cwd=folder, env={**os.environ, "PATH": path, "HOME": str(folder)}, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def test_bash(folder: Path) -> None:
    script = """
    eval "$(shore completion bash)"
    complete -p shore
    COMP_WORDS=(shore up -d w); COMP_CWORD=3; _shore; printf '%s\\n' "${COMPREPLY[@]}"
    COMP_WORDS=(shore --engine = n); COMP_CWORD=3; _shore; printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert _shell("bash", script, folder).splitlines() == [
        "complete -o default -F _shore shore", "web", "worker", "native",
    ]  # fmt: skip


def test_zsh(folder: Path) -> None:
    script = """
    compdef() { print "compdef $*" }
    _describe() { shift 2; print -l "${(@P)1}" }
    eval "$(shore completion zsh)"
    words=(shore up -d w); CURRENT=4; _shore
    words=(shore dow); CURRENT=2; _shore
    """
    assert _shell("zsh", script, folder).splitlines() == [
        "compdef _shore shore", "web", "worker",
        "down:stop and remove containers and networks; with -v data too",
    ]  # fmt: skip


def test_fish(folder: Path) -> None:
    script = """
    shore completion fish | source
    complete -C 'shore up -d w'
    complete -C 'shore dow'
    """
    assert _shell("fish", script, folder).splitlines() == [
        "web", "worker", "down\tstop and remove containers and networks; with -v data too",
    ]  # fmt: skip
