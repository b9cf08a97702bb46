"""A private Podman service with Docker's API, on a machine without systemd too."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docker import dockerd

__all__ = ["configuration", "running", "why_not"]

START_SECONDS = 20.0
LOAD_SECONDS = 600.0


def why_not() -> str:
    """Why no Podman can run here, "" when one can."""
    if os.geteuid() != 0:
        return "a private podman service needs root"
    missing = [name for name in ("podman", "runc", "netavark-or-cni") if not _there(name)]
    return f"{' and '.join(missing)} not installed (apt-get install podman netavark aardvark-dns)" if missing else ""


def _there(name: str) -> bool:
    if name == "netavark-or-cni":
        return any(Path(folder, "netavark").exists() for folder in ("/usr/lib/podman", "/usr/libexec/podman"))
    return shutil.which(name) is not None


@contextmanager
def running(folder: Path, docker_host: str, *images: str) -> Iterator[str]:
    """The service's DOCKER_HOST; it gets `images` from the Docker engine. All it keeps is in `folder`."""
    (folder / "containers.conf").write_text(configuration())
    host = f"unix://{folder}/podman.sock"
    argv = ["podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "overlay"]
    with open(folder / "log", "ab") as log:
        service = subprocess.Popen(
            [*argv, "system", "service", "--time=0", host], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            env={**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(host, service)
        archive = folder / "images.tar"
        for image in images:
            dockerd.Docker(docker_host).ok("save", "-o", str(archive), image, timeout=LOAD_SECONDS)
            dockerd.Docker(host).ok("load", "-q", "-i", str(archive), timeout=LOAD_SECONDS)
            archive.unlink()
        yield host
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait()
        dockerd.unmount_under(folder)


def configuration() -> str:
    """No systemd: cgroups by files; no privilege to raise limits: those that we have ourselves, and fewer."""
    limits = [f"{name}={most}:{most}" for name, most in (("nofile", _own(resource.RLIMIT_NOFILE)),
                                                         ("nproc", _own(resource.RLIMIT_NPROC)))]  # fmt: skip
    return (
        f"[containers]\ndefault_ulimits = {json.dumps(limits)}\n"
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        '[network]\nnetwork_backend = "netavark"\n'
    )


def _own(kind: int) -> int:
    """Our own hard limit, or 30,000 where that is more or has no end."""
    most = resource.getrlimit(kind)[1]
    return min(most, 30_000) if most != resource.RLIM_INFINITY else 30_000


def _wait_for(host: str, service: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while dockerd.Docker(host).run("version").returncode != 0:
        if service.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the private podman service does not start")
        time.sleep(0.2)
