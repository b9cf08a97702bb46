"""Compose files that nobody here wrote: each is translated for a Swarm, or refused with its line. They are kept beside
the repository, not in it."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.flow.home import Where, load_stack
from longshore.model.errors import ShoreError, ShoreErrors
from longshore.ship.gather import files_of
from longshore.ship.settings import Settings
from longshore.ship.translate import translate
from tests.conformance.test_shared import CORPUS, shared_cases
from tests.ship.make import facts_of

pytestmark = pytest.mark.skipif(not (CORPUS / "cases.jsonl").exists(), reason=f"the shared cases are not at {CORPUS}")

OPTIONS = {"-p": "project", "-f": "files", "--project-directory": "project_directory", "--profile": "profiles",
           "--env-file": "env_files"}  # fmt: skip


def place_of(case: dict[str, Any]) -> Where:
    """What the case's command line says, read in its folder."""
    words = [word.replace("@ROOT@", str(CORPUS / "tree")) for word in case["args"]]
    found: dict[str, list[str]] = {}
    for flag, value in zip(words[::2], words[1::2], strict=True):
        found.setdefault(OPTIONS[flag], []).append(value)
    return Where(
        project=found.get("project", [""])[-1], files=tuple(found.get("files", ())),
        project_directory=found.get("project_directory", [""])[-1], profiles=tuple(found.get("profiles", ())),
        env_files=tuple(found.get("env_files", ())), environ=case["env"],
    )  # fmt: skip


def test_every_shared_case_is_translated_or_refused_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    translated, refused, without = 0, 0, list[str]()
    for case in shared_cases():
        if case["exit_code"] != 0:
            continue
        monkeypatch.chdir(CORPUS / "tree" / case["cwd"])
        monkeypatch.setenv("PWD", str(CORPUS / "tree" / case["cwd"]))
        try:
            stack = load_stack(place_of(case), case["services"])
            facts = facts_of(stack, files=files_of(stack, Settings()))
            assert len(translate(stack, Settings(), facts).services) == len(stack.services)
            translated += 1
        except ShoreError as error:
            refused += 1
            found = error.errors if isinstance(error, ShoreErrors) else (error,)
            without += [f"{case['name']}: {one}" for one in found if one.place is None or not one.place.line]
    print(f"{translated} translated, {refused} refused")
    assert translated > 50
    assert not without, "\n".join(without)
