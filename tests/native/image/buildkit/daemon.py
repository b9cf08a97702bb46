"""BuildKit itself: built from its Go module, and run for as long as it is asked. Only the recorder needs it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["VERSION", "BuildKit", "running"]

VERSION = "v0.25.1"
MODULE = "github.com/moby/buildkit"
TAGS = "dfparents dfrunsecurity dfrundevice"
"""What the frontend's labs channel is built with: COPY --parents (which 1.20 has for everybody) and RUN --security."""


class BuildKit:
    """`buildctl` of a daemon that runs."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.address = f"unix://{home}/buildkitd.sock"

    def ctl(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        argv = [self.home / "bin/buildctl", "--addr", self.address, *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False)


def build_programs(home: Path) -> None:
    """buildkitd and buildctl below `home`/bin. `go install` refuses a module with replacements, so it is built from a
    copy of the module's folder."""
    if all((home / "bin" / name).exists() for name in ("buildkitd", "buildctl")):
        return
    got = subprocess.run(["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"], capture_output=True, check=True)
    source = home / "src"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(json.loads(got.stdout)["Dir"], source)
    subprocess.run(["chmod", "-R", "u+w", source], check=True)
    flags = f"-X {MODULE}/version.Version={VERSION}"
    (home / "bin").mkdir(exist_ok=True)
    words = ["go", "build", "-mod=mod", "-tags", TAGS, "-ldflags", flags, "-o", home / "bin"]
    subprocess.run([*words, "./cmd/buildkitd", "./cmd/buildctl"], cwd=source, check=True)


@contextmanager
def running(home: Path) -> Iterator[BuildKit]:
    """A daemon with a root of its own and nothing cached, on the host's network; root and runc are needed."""
    build_programs(home)
    root = home / "root"
    shutil.rmtree(root, ignore_errors=True)
    words = ["--root", root, "--addr", f"unix://{home}/buildkitd.sock", "--oci-worker-binary", "runc"]
    words += ["--oci-worker-net", "host", "--allow-insecure-entitlement", "network.host", "--oci-worker-gc=false"]
    with (home / "buildkitd.log").open("w") as log:
        process = subprocess.Popen([home / "bin/buildkitd", *words], stdout=log, stderr=log, umask=0o022)
    buildkit = BuildKit(home)
    try:
        while buildkit.ctl("debug", "workers").returncode:
            if process.poll() is not None:
                raise RuntimeError(f"buildkitd ended: see {home}/buildkitd.log")
            time.sleep(0.2)
        yield buildkit
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait()
