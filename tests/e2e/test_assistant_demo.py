"""`make demo STACK=assistant`, as a newcomer types it: people talk to the bot; the second time it is found running."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.assistant_stack import Client
from tests.e2e.private import ROOT
from tests.shore import Shore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]


def demo(shore: Shore) -> str:
    done = subprocess.run(
        [sys.executable, "scripts/demo.py", "assistant"],
        cwd=ROOT, env=shore.env, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_shows_what_people_said(tmp_path: Path) -> None:
    shore = Shore(ROOT, tmp_path)
    stop = [str(Path(sys.executable).with_name("shore")), "-f", "stacks/assistant/docker-compose.yml", "down", "-v"]
    try:
        first = demo(shore)
        assert re.search(r"assistant is up, \d+\.\d s after the command", first)
        assert "people talked to the bot and stand in the dashboard" in first
        address = re.search(r"dashboard +(http://\S+?)/\n", first)
        assert address
        names = {dialogue["name"] for dialogue in Client(address[1]).dialogues()}
        assert {"Ada Lovelace", "Grace Hopper", "Alan Turing", "Katherine Johnson"} <= names

        second = demo(shore)
        assert "assistant is running already" in second
    finally:
        subprocess.run(stop, cwd=ROOT, env=shore.env, capture_output=True)
