"""The same images and builds as an ordinary user: no root, no subordinate ids, files of that user only."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.installed import Installed, user_environment

pytestmark = pytest.mark.e2e

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from longshore.engine.base import BuildOptions
from longshore.native.image.build.builder import build_image
from longshore.native.image.store.images import ImageStore
from longshore.native.image.store.tree import LayerTree
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.state.events import BuildOutput

async def main():
    store = ImageStore()
    lines = []
    def say(event):
        if isinstance(event, BuildOutput):
            lines.append(event.line)
    image = await build_image(store, Build(sys.argv[1]), "t", BuildOptions(), say, "web", Stack("p", "/"))
    redis = await store.resolve("redis:7", say, "cache")
    tree = LayerTree(image.layers)
    print(json.dumps({
        "runs": image.runs, "user": image.config.user, "lines": lines, "who": tree.read_text("/app/who"),
        "redis": redis.runs, "redis_user": redis.config.starts_as,
    }))

asyncio.run(main())
"""
DOCKERFILE = """\
FROM python:3.11-slim AS base
RUN apt-get update && apt-get install -y --no-install-recommends tree && dpkg --audit && tree --version
RUN groupadd -g 1001 app && useradd -u 1001 -g app -m app && mkdir /data && chown -R app:app /data /home/app
WORKDIR /app
COPY --chown=app:app . .
RUN python -m venv /venv && /venv/bin/python -c "import ssl, sqlite3; print('venv works')"
RUN echo x > /usr/local/lib/python3.11/site-packages/marker.txt && echo "localuser:x:5:5::/:" >> /etc/passwd
USER app
RUN id -un > who && id -u >> who && touch /data/x ~/y && ! chown 0:0 who 2>/dev/null
"""


def test_a_build_and_a_provider_as_an_ordinary_user(ordinary_user: Installed, tmp_path: Path) -> None:
    context = ordinary_user.user.home / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(DOCKERFILE)
    ordinary_user.user.give(context)
    command = [*ordinary_user.user.prefix, ordinary_user.python, "-c", PROGRAM, str(context)]
    result = subprocess.run(
        command, cwd=ordinary_user.clone, env=user_environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]
    told = json.loads(result.stdout)
    assert told["runs"].startswith("python 3.11")
    assert "venv works" in told["lines"]
    assert told["who"] == "app\n1001\n"
    assert told["user"] == "app"
    assert told["redis"].startswith("redis 7.")
    assert told["redis_user"] == "redis", "started directly under its final user"
    owners = {os.lstat(path).st_uid for path in Path(ordinary_user.cache).rglob("*")}
    assert owners == {ordinary_user.user.uid}
