"""The product as users install it: the built wheel by `uv tool install` and by `pipx install`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

import longshore

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        check=True,
        capture_output=True,
    )
    return next(out.glob("longshore-*.whl"))


def check(shore: Path) -> None:
    """It runs from outside the source tree, and carries all that it reads at run time."""
    version = subprocess.run([shore, "version", "--short"], cwd="/", capture_output=True, text=True, check=True)
    assert version.stdout.strip() == longshore.__version__
    compose = "services: {web: {image: nginx}}"
    config = subprocess.run(
        [shore, "-p", "x", "-f", "-", "config", "--services"], input=compose, cwd="/", capture_output=True, text=True
    )
    assert (config.returncode, config.stdout.strip()) == (0, "web"), config.stderr
    begins_a_stack(shore)


def test_uv_tool_install(wheel: Path, tmp_path: Path) -> None:
    env = {**os.environ, "UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    subprocess.run([BIN / "uv", "tool", "install", "--quiet", wheel], env=env, check=True, capture_output=True)
    check(tmp_path / "bin" / "shore")


def test_pipx_install(wheel: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    subprocess.run(
        [BIN / "pipx", "install", "--quiet", "--python", sys.executable, wheel],
        env=env,
        check=True,
        capture_output=True,
    )
    check(tmp_path / "bin" / "shore")


def begins_a_stack(shore: Path) -> None:
    """The stacks came along: one is copied, under its own names, and can be read."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([shore, "new", "gallery", "my-photos"], cwd=folder, capture_output=True, check=True)
        words = [shore, "config", "--images"]
        said = subprocess.run(words, cwd=f"{folder}/my-photos", capture_output=True, text=True, check=True)
        assert "my-photos/backend:latest" in said.stdout.splitlines()
        assert not list(Path(folder).rglob("__pycache__"))


def test_the_wheel_carries_the_stacks_and_nothing_that_work_in_them_makes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if name.startswith("longshore/stacks/")]
        locks = [opened.read(name).decode() for name in names if name.endswith(("package-lock.json", "pnpm-lock.yaml"))]
    made = ("node_modules/", "__pycache__/", ".next/", "dist/", "/.env")
    kept = (".example", ".docker")
    assert not [name for name in names if any(part in name for part in made) and not name.endswith(kept)]
    assert "longshore/stacks/gallery/backend/error.log" in names  # a file that the stack mounts
    assert {name.split("/")[2] for name in names} == {"accounts", "assistant", "backend", "gallery", "shop"}
    assert locks
    assert not [lock for lock in locks if '"resolved"' in lock or "tarball:" in lock]
    assert wheel.stat().st_size < MOST


MOST = 3_200_000
"""Bytes of the wheel; more than half of it are the stacks."""


def test_an_installation_that_follows_the_sources_can_be_made(tmp_path: Path) -> None:
    """As `make setup` makes it: the stacks stay where they are."""
    words = "import hatchling.build, sys; print(hatchling.build.build_editable(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", words, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / done.stdout.strip()) as opened:
        assert not [name for name in opened.namelist() if "stacks" in name]
