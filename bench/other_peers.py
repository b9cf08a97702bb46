"""The peers that take no part in the comparison on Docker: tried where they run, and what came of it, in words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.docker import podman

__all__ = ["podman_compose", "process_compose"]

PATIENCE = 60
PROCESS_COMPOSE = "github.com/f1bonacc1/process-compose/src@latest"
Said = str
"""A sentence for the results."""


def podman_compose(file: Path, docker_host: str, images: Sequence[str]) -> Said:
    """The same file by podman-compose on a private Podman: how long `up -d` takes, or why it does not come up."""
    program = shutil.which("podman-compose")
    why = "podman-compose is not installed" if program is None else podman.why_not()
    if program is None or why:
        return f"podman-compose: not measured: {why}"
    folder = Path(tempfile.mkdtemp(prefix="shore-bench-"))
    try:
        with podman.running(folder, docker_host, *images):
            return f"podman-compose: {_tried(program, file, folder)}"
    except (OSError, AssertionError, RuntimeError) as error:
        return f"podman-compose: not measured: podman does not run here: {_last_line(str(error))}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tried(program: str, file: Path, folder: Path) -> Said:
    storage = f"--root {folder}/root --runroot {folder}/run --storage-driver overlay"
    words = [program, "--podman-args", storage, "-f", str(file), "-p", "bench"]
    environ = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
    began = time.perf_counter()
    up = subprocess.Popen(
        [*words, "up", "-d"], env=environ, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = up.communicate(timeout=PATIENCE)
        seconds = time.perf_counter() - began
        if up.returncode == 0:
            return f"`up -d` of the same file takes {seconds:.1f} s on Podman"
        return f"`up -d` ends with {up.returncode} after {seconds:.1f} s: {_last_line(output)}"
    except subprocess.TimeoutExpired:
        os.killpg(up.pid, signal.SIGTERM)
        output, _ = up.communicate()
        return f"`up -d` does not come to its end in {PATIENCE} s; its last words: {_last_line(output) or 'none'}"
    finally:
        subprocess.run([*words, "down", "-v", "-t", "2"], env=environ, capture_output=True, check=False)


def process_compose() -> Said:
    """It reads a format of its own and starts programs of the machine, so it could only be set beside bare processes;
    said here is whether it can be had at all."""
    if shutil.which("process-compose"):
        return "process-compose: it is installed, but reads no Compose file: nothing to set beside these figures"
    if shutil.which("go") is None:
        return "process-compose: not installed, and there is no Go to build it with"
    with tempfile.TemporaryDirectory(prefix="shore-bench-") as folder:
        environ = {**os.environ, "GOPATH": f"{folder}/go", "GOBIN": f"{folder}/bin", "GOFLAGS": "-modcacherw"}
        done = subprocess.run(
            ["go", "install", PROCESS_COMPOSE], cwd=folder, env=environ, capture_output=True, text=True, timeout=240
        )
    if done.returncode == 0:
        return "process-compose: it can be built, but reads no Compose file: nothing to set beside these figures"
    return f"process-compose: `go install` fails: {_last_line(done.stderr)}"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")[:200]
