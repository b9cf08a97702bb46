"""One image cache for all end-to-end tests of a run, and a small way to build a Dockerfile in it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from longshore.engine.base import BuildOptions
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.native.image.build.builder import build_image
from longshore.native.image.build.sandbox import Outcome, Sandbox, run_in
from longshore.native.image.model import Image
from longshore.native.image.store.images import ImageStore
from longshore.state.events import BuildOutput, BuildStep, Event
from tests.localregistry import LocalRegistry, local_registry, why_no_registry


@dataclass
class Workshop:
    """A store, a context directory, and what was said while building."""

    store: ImageStore
    context: Path
    events: list[Event] = field(default_factory=list)

    def file(self, name: str, text: str) -> Path:
        path = self.context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    async def build(self, dockerfile: str, tag: str = "test", stack: Stack | None = None, **more: object) -> Image:
        self.context.mkdir(exist_ok=True)
        path = self.context.parent / f"{self.context.name}.Dockerfile"
        path.write_text(dockerfile)
        self.events.clear()
        build = Build(str(self.context), dockerfile=str(path), **more)  # type: ignore[arg-type]
        return await build_image(
            self.store, build, tag, BuildOptions(), self.events.append, "web", stack or Stack("p", "/")
        )

    @property
    def done(self) -> dict[str, str]:
        """The steps that were carried out, and why."""
        steps = [event for event in self.events if isinstance(event, BuildStep)]
        return {step.instruction: step.reason for step in steps if not step.cached}

    @property
    def output(self) -> list[str]:
        return [event.line for event in self.events if isinstance(event, BuildOutput)]

    async def run(self, image: Image, *argv: str, **more: object) -> Outcome:
        """Run something in an image, apart from its own start."""
        with self.store.cache.staging() as staged:
            env = dict(image.config.env)
            sandbox = Sandbox(argv, image.layers, str(staged / "up"), env=env, network="none", **more)  # type: ignore[arg-type]
            return await run_in(sandbox, staged / "sandbox")


async def command_lines() -> str:
    """What runs on this machine."""
    return (await output_of("ps", "-eo", "args")).decode()


async def output_of(*argv: str | Path) -> bytes:
    """What a program writes, whatever its exit code."""
    run = subprocess.run
    return (await asyncio.to_thread(run, argv, capture_output=True, check=False)).stdout


@pytest.fixture(scope="session")
def image_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("images")


@pytest.fixture
def workshop(image_cache: Path, tmp_path: Path) -> Workshop:
    context = tmp_path / "context"
    context.mkdir()
    return Workshop(ImageStore(image_cache), context)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRegistry]:
    """A real registry on this machine's loopback; skips where none can be started."""
    reason = why_no_registry()
    if reason:
        pytest.skip(reason)
    with local_registry(tmp_path_factory.mktemp("registry")) as made:
        yield made
