"""Files that nobody here wrote, with Docker Compose's answers; they are kept beside the repository, not in it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.answers import SHORE, reference

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "conformance"

pytestmark = pytest.mark.skipif(not (CORPUS / "cases.jsonl").exists(), reason=f"the shared cases are not at {CORPUS}")


def shared_cases() -> list[dict[str, Any]]:
    file = CORPUS / "cases.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_every_shared_case_is_answered_as_docker_compose_does() -> None:
    command = f"{shlex.quote(SHORE)} {{args}} config --format json {{services}}"
    run = subprocess.run(
        [sys.executable, str(CORPUS / "score.py"), command], capture_output=True, text=True, timeout=280, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert "169 of 169 equal" in run.stdout


@pytest.mark.e2e
@pytest.mark.skipif(reference() is None, reason="docker compose 2.40.3 is not installed")
def test_hashes_of_every_shared_case_that_resolves_are_docker_composes() -> None:
    program = reference()
    assert program is not None
    wrong = []
    for case in shared_cases():
        if case["exit_code"] == 0:
            ours, theirs = (_hashes(case, asked) for asked in ([SHORE], program))
            if ours != theirs:
                wrong.append(f"{case['name']}\n{ours}\n{theirs}")
    assert not wrong, "\n".join(wrong)


def _hashes(case: dict[str, Any], program: list[str]) -> str:
    tree = CORPUS / "tree"
    folder = tree / case["cwd"]
    environ = {"PATH": os.environ["PATH"], "HOME": str(tree / ".home"), "PWD": str(folder), "LANG": "C.UTF-8"}
    arguments = [word.replace("@ROOT@", str(tree)) for word in case["args"]]
    run = subprocess.run(
        [*program, *arguments, "config", "--hash", "*"],
        cwd=folder, env={**environ, **case["env"]}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return run.stdout if run.returncode == 0 else "refused"
