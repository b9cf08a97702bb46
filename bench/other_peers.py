"""The peers that take no part in the comparison on Docker: tried where they run, and what came of it, in words.

.venv/bin/python bench/other_peers.py"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.docker import dockerd, podman

from bench.docker_compose import FILE, IMAGES, check_health
from bench.machine import table

PATIENCE = 60
PROCESS_COMPOSE = "github.com/f1bonacc1/process-compose/src@latest"
Said = str
"""What came of it, in a few words."""


def main() -> None:
    reason = dockerd.why_not()
    if reason:
        sys.exit(f"no engine that has the images: {reason}")
    with dockerd.running() as host:
        dockerd.stand_ins(host, *IMAGES)
        rows = [["podman-compose", podman_compose(FILE, host, IMAGES)], ["process-compose", process_compose()]]
    table(
        "other-peers",
        "Other peers on the file of the comparison with Docker Compose",
        ["peer", "what came of it"],
        rows,
    )


def podman_compose(file: Path, docker_host: str, images: Sequence[str]) -> Said:
    """The same file by podman-compose on a private Podman: how long `up -d` takes, or why it does not come up."""
    program = shutil.which("podman-compose")
    why = "podman-compose is not installed" if program is None else podman.why_not()
    if program is None or why:
        return f"not measured: {why}"
    folder = Path(tempfile.mkdtemp(prefix="shore-bench-"))
    try:
        with podman.running(folder, docker_host, *images) as host:
            return _tried(program, file, folder, host)
    except (OSError, AssertionError, RuntimeError) as error:
        return f"not measured: podman does not run here: {_last_line(str(error))}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tried(program: str, file: Path, folder: Path, host: str) -> Said:
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
            check_health(host)
            return f"`up -d` of the same file takes {seconds:.1f} s on Podman, and every health check passes then"
        return f"`up -d` ends with {up.returncode} after {seconds:.1f} s: {_error(output)}"
    except SystemExit as error:
        return f"`up -d` ends after {seconds:.1f} s with services that are not healthy: {_last_line(str(error))}"
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
        return "it is installed, but reads no Compose file: nothing to set beside these figures"
    if shutil.which("go") is None:
        return "not installed, and there is no Go to build it with"
    with tempfile.TemporaryDirectory(prefix="shore-bench-") as folder:
        environ = {**os.environ, "GOPATH": f"{folder}/go", "GOBIN": f"{folder}/bin", "GOFLAGS": "-modcacherw"}
        done = subprocess.run(
            ["go", "install", PROCESS_COMPOSE], cwd=folder, env=environ, capture_output=True, text=True, timeout=240
        )
    if done.returncode == 0:
        return "it can be built, but reads no Compose file: nothing to set beside these figures"
    return f"`go install` fails: {_last_line(done.stderr)}"


def _error(text: str) -> str:
    """The first line that tells of an error: what comes after it is its consequence."""
    told = [line.strip() for line in text.splitlines() if "error" in line.lower()]
    return told[0][:200] if told else _last_line(text)


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")[:200]


if __name__ == "__main__":
    main()
