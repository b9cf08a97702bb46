"""A stack of two Python services in a private folder, driven by the real command."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shore import Shore

STACK = """\
services:
  one:
    image: python:3.11-slim
    command: python -m http.server 8000
    init: true
    stop_grace_period: 1s
    healthcheck:
      test: ["CMD", "python", "-c", "import socket; socket.create_connection(('localhost', 8000), 2)"]
      interval: 30s
  two:
    image: python:3.11-slim
    command: python -c "import time; print('two is here', flush=True); time.sleep(1000)"
    stop_grace_period: 1s
    depends_on: {one: {condition: service_healthy}}
    volumes: ["kept:/kept"]
volumes: {kept: {}}
"""


@pytest.fixture
def shore(tmp_path: Path) -> Iterator[Shore]:
    folder = tmp_path / "project"
    folder.mkdir()
    one = Shore(folder, tmp_path / "home", project=f"faults-{uuid.uuid4().hex[:8]}")
    yield one
    one.down()


@pytest.fixture
def stack(shore: Shore) -> Shore:
    shore.write(compose=STACK)
    return shore
