"""Scenarios run in processes of their own: as root and as an ordinary user that exists for the tests' time only."""

# ruff: noqa: PT018 - scenarios poll what they look at, and say all of it when it is wrong

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCE = HERE.parents[2] / "src"
USER = f"shore{os.getpid()}"

Play = Callable[[str, str], str]


def interpreter() -> str:
    """A Python that an ordinary user may start: this one, or the system's."""
    for path in (sys.executable, "/usr/bin/python3"):
        if os.access(path, os.X_OK) and not os.path.realpath(path).startswith("/root/"):
            return path
    pytest.skip("no Python that an ordinary user may start")


@pytest.fixture(scope="session")
def shared_copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package and the scenarios where every user can read them."""
    place = Path(f"/tmp/shore-native-{os.getpid()}")
    shutil.copytree(SOURCE, place / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HERE, place / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["chmod", "-R", "a+rX", place], check=True)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[str]:
    """The name of an ordinary user: made for the tests when they run as root."""
    if os.getuid():
        yield pwd.getpwuid(os.getuid()).pw_name
        return
    subprocess.run(["userdel", "-rf", USER], check=False, capture_output=True)
    for _ in range(50):  # another run may hold the lock of /etc/passwd
        made = subprocess.run(["useradd", "-m", USER], check=False, capture_output=True, text=True)
        if made.returncode == 0:
            break
        time.sleep(0.2)
    else:
        pytest.fail(f"useradd: {made.stderr}")
    yield USER
    subprocess.run(["userdel", "-rf", USER], check=False, capture_output=True)


@pytest.fixture(params=["root", "user"])
def play(request: pytest.FixtureRequest, shared_copy: Path, ordinary_user: str) -> Play:
    """Play a scenario: play("scenarios", "names") fails with the scenario's own words."""
    prefix: list[str] = []
    home = os.environ.get("HOME", "/")
    python = sys.executable
    if request.param == "root" and os.getuid():
        pytest.skip("not root: the root half cannot be shown here")
    if request.param == "user" and not os.getuid():
        account = pwd.getpwnam(ordinary_user)
        prefix = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--init-groups"]
        home, python = account.pw_dir, interpreter()

    def run(module: str, scenario: str) -> str:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(shared_copy / "src"), "LANG": "C.UTF-8"}
        done = subprocess.run(
            [*prefix, python, "-W", "ignore", str(shared_copy / "tests/runner.py"), module, scenario],
            env=environ,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == 0 and done.stdout.rstrip().endswith("held"), done.stdout[-4000:]
        return done.stdout

    return run
