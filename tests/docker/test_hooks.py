"""post_start and pre_stop; the latter also when the file is no longer there."""

from __future__ import annotations

import pytest
from tests.shore import Shore

pytestmark = pytest.mark.e2e

HOOKS = """
services:
  app:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    volumes: [data:/data]
    post_start: [{command: [sh, -c, "id -u > /data/started"], user: "33"}]
    pre_stop: [{command: sh -c 'echo $$WORD > /data/stopped', environment: [WORD=bye]}]
  reader: {image: 'python:3.11-slim', init: true, command: sleep 1000, volumes: ['data:/data']}
volumes: {data: {}}
"""


def read(shore: Shore, name: str) -> str:
    return shore.ok("exec", "-T", "reader", "cat", f"/data/{name}").out.strip()


def test_hooks_run_after_the_start_and_before_the_stop(shore: Shore) -> None:
    shore.write(compose=HOOKS)
    shore.ok("up", "-d", "reader")
    shore.ok("exec", "-T", "reader", "chmod", "777", "/data")
    shore.ok("up", "-d")
    assert read(shore, "started") == "33"
    shore.write(compose=HOOKS.split("    post_start")[0] + HOOKS[HOOKS.index("  reader:") :])
    shore.ok("stop", "-t", "1", "app")
    assert read(shore, "stopped") == "bye", "the container remembers its hooks"


def test_a_hook_that_fails_is_told_with_its_output(shore: Shore) -> None:
    shore.write(
        compose="""
services:
  app:
    image: python:3.11-slim
    init: true
    command: sleep 1000
    post_start: [{command: sh -c 'echo no such table; exit 3'}]
"""
    )
    done = shore.run("up", "-d")
    assert done.code == 1
    assert "post_start hook" in done.err
    assert "exited with code 3" in done.err
    assert "no such table" in done.err
