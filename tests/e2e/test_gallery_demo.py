"""`make demo`, as a newcomer types it: the gallery with its pictures; the second time it is found running."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.gallery_stack import Member
from tests.e2e.private import ROOT
from tests.shore import Shore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def demo(shore: Shore) -> str:
    done = subprocess.run(
        [sys.executable, "scripts/demo.py"], cwd=ROOT, env=shore.env, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_shows_a_gallery_with_pictures(tmp_path: Path) -> None:
    shore = Shore(ROOT, tmp_path)
    stop = [str(Path(sys.executable).with_name("shore")), "-f", "stacks/gallery/docker-compose.dev.yml", "down", "-v"]
    try:
        first = demo(shore)
        assert re.search(r"gallery is up, \d+\.\d s after the command", first)
        assert "saw its thumbnail" in first
        assert "make demo STACK=backend" in first
        address = re.search(r"gallery +(http://\S+?)/\n", first)
        assert address
        guest = Member(address[1])
        guest.token = guest.ok("POST", "/api/auth/login", {"username": "demo", "password": "a-quiet-place"})[
            "access_token"
        ]
        assert {"Low sun", "Northern lights", "Drawn by the demo"} <= set(guest.titles())

        second = demo(shore)
        assert "gallery is running already" in second
        assert guest.titles().count("Low sun") == 1
    finally:
        subprocess.run(stop, cwd=ROOT, env=shore.env, capture_output=True)
