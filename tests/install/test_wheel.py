"""The product as users install it: the built wheel by `uv tool install` and by `pipx install`."""

from __future__ import annotations

import os
import subprocess
import sys
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
