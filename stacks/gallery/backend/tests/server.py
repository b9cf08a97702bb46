"""A PostgreSQL for the tests: the one of DATABASE_URL, or a private one on a free port."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server where databases may be made. In the stack it is the stack's own."""
    if given := os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL"):
        yield given
        return
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL: set TEST_DATABASE_URL or install one")
    with tempfile.TemporaryDirectory(prefix="gallery-pg-") as home:
        yield from _private(programs, Path(home))


def _private(programs: Path, home: Path) -> Iterator[str]:
    """initdb and postgres refuse to run as root, so as root they run as `nobody`."""
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(home, user)
    data, port = home / "data", free_port()
    common = {"user": user, "cwd": home, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([programs / "initdb", "-D", data, "-U", "app_user", "-A", "trust", "-N"], check=True, **common)
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-k", home, "-h", "127.0.0.1", "-c", "fsync=off"], **common
    )
    try:
        ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
        while subprocess.run(ready, check=False).returncode:
            assert server.poll() is None, "the private PostgreSQL ended at once"
        yield f"postgresql://app_user@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(30)
