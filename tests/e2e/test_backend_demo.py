"""`make demo`: starts the stack, uses it, says how to stop it; the second time it finds it running."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shore import Shore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]


def demo(shore: Shore, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "scripts/demo.py", *words],
        cwd=ROOT,
        env=shore.env,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_demo_twice_and_the_way_to_stop_it(tmp_path: Path) -> None:
    shore = Shore(ROOT, tmp_path)
    stop = [str(Path(sys.executable).with_name("shore")), "-f", "stacks/backend/docker-compose.yml", "down", "-v"]
    try:
        first = demo(shore, "backend")
        assert first.returncode == 0, first.stdout + first.stderr
        assert re.search(r"backend is up, \d+\.\d s after the command", first.stdout)
        assert "read it back" in first.stdout
        assert re.search(r"http://127\.0\.0\.1:\d+/api/v1/docs/", first.stdout)

        second = demo(shore, "backend")
        assert second.returncode == 0, second.stdout + second.stderr
        assert "backend is running already" in second.stdout

        told = re.search(r"^\s+stop\s+(.+)$", second.stdout, re.MULTILINE)
        assert told
        subprocess.run(told[1].split(), cwd=ROOT, env=shore.env, check=True, capture_output=True)
        left = subprocess.run([*stop[:3], "ps", "-q"], cwd=ROOT, env=shore.env, capture_output=True, text=True)
        assert left.stdout == ""
    finally:
        subprocess.run(stop, cwd=ROOT, env=shore.env, capture_output=True)


def test_an_unknown_demo_is_named(tmp_path: Path) -> None:
    refused = demo(Shore(ROOT, tmp_path), "nothing")
    assert refused.returncode == 2
    assert "there is no stack 'nothing'" in refused.stderr
