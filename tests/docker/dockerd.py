"""A private Docker daemon for tests: own data root, socket, pid file and bridge, shared by simultaneous runs.

As a program: `python tests/docker/dockerd.py start` keeps one running (prints its address), `stop` ends it.
Images stay in the data root between runs, so that stand-ins are built only once per machine."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BRIDGE, BRIDGE_ADDRESS, POOL = "shoretest0", "10.213.0.1/24", "base=10.213.128.0/17,size=24"
OTHER_POOL = "base=10.214.0.0/16,size=24"
START_SECONDS = 30.0
_STARTED: dict[int, subprocess.Popen[bytes]] = {}
"""Daemons that this process started: they are waited for at their end."""

REPOSITORY = Path(__file__).resolve().parents[2]
CLI = os.environ.get("LONGSHORE_DOCKER_CLI", "/usr/bin/docker")


def home() -> Path:
    cache = os.environ.get("LONGSHORE_TEST_CACHE") or "/var/tmp/longshore-tests"
    return Path(cache) / "dockerd"


def address() -> str:
    return f"unix://{home()}/docker.sock"


def why_not() -> str:
    """Why no private daemon can run here, "" when one can."""
    if os.environ.get("LONGSHORE_TEST_DOCKER_HOST") or answers():
        return ""
    if os.geteuid() != 0:
        return "a private dockerd needs root"
    missing = [name for name in ("dockerd", "ip") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not installed (apt-get install docker.io iproute2)"
    return ""


def hosting(*images: str) -> Iterator[str]:
    """The body of a fixture: DOCKER_HOST of a private daemon that has stand-ins of `images`; skips, saying why, where
    there can be none."""
    import pytest  # as a program this file needs nothing but Python

    reason = why_not()
    if reason:
        pytest.skip(f"docker: {reason}")
    with running() as host:
        stand_ins(host, *images)
        yield host


@contextmanager
def running() -> Iterator[str]:
    """A daemon's DOCKER_HOST. The last of those that share it ends it, unless `start` made it stay."""
    given = os.environ.get("LONGSHORE_TEST_DOCKER_HOST")
    if given:
        yield given
        return
    home().mkdir(parents=True, exist_ok=True)
    with open(home() / "users", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        ensure()
        try:
            yield address()
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if not (home() / "stay").exists() and _alone(users):
                stop()


def _alone(users: object) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return False
    return True


def ensure() -> None:
    """Start the daemon if it does not answer; one starter at a time."""
    home().mkdir(parents=True, exist_ok=True)
    with open(home() / "starting", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answers():
            _start()


def answers(folder: Path | None = None) -> bool:
    """Whether the daemon of a folder (the shared one's without) answers."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str((folder or home()) / "docker.sock"))
            probe.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b"200 OK" in probe.recv(64)
        except OSError:
            return False


def _start() -> None:
    _make_bridge()
    _launch(home(), "--bridge", BRIDGE, "--default-address-pool", POOL)


@contextmanager
def another(folder: Path) -> Iterator[str]:
    """A daemon of one test alone, without a network of its own, with all it keeps in `folder`."""
    start_at(folder)
    try:
        yield f"unix://{folder}/docker.sock"
    finally:
        if (folder / "docker.pid").exists():
            _end(pid_at(folder))
        unmount_under(folder)


@contextmanager
def another_in(folder: Path, prefix: tuple[str, ...], *options: str) -> Iterator[None]:
    """The same, begun by `prefix` (in another network namespace, say) and with options of one's own."""
    _launch(folder, *options, prefix=prefix)
    try:
        yield
    finally:
        _end(pid_at(folder))
        unmount_under(folder)


def unmount_under(folder: Path) -> None:
    """A daemon that was killed leaves mounts behind."""
    places = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in reversed([place for place in places if place.startswith(f"{folder}/")]):
        subprocess.run(["umount", "-l", place], check=False)


def start_at(folder: Path) -> None:
    _launch(folder, "--bridge", "none", "--iptables=false", "--default-address-pool", OTHER_POOL)


def kill_at(folder: Path) -> None:
    """As if the machine's power went: the daemon and its containerd, at once, by their own pids."""
    helper = folder / "exec" / "containerd" / "containerd.pid"
    for pid in (pid_at(folder), int(helper.read_text())):
        os.kill(pid, signal.SIGKILL)
        while _alive(pid):
            time.sleep(0.05)
    helper.unlink()


def pid_at(folder: Path) -> int:
    return int((folder / "docker.pid").read_text())


def _launch(folder: Path, *options: str, prefix: tuple[str, ...] = ()) -> None:
    (folder / "docker.pid").unlink(missing_ok=True)
    with open(folder / "log", "ab") as log:
        daemon = subprocess.Popen(
            [*prefix, "dockerd", "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
             "--host", f"unix://{folder}/docker.sock", "--pidfile", str(folder / "docker.pid"),
             "--log-level", "warn", *options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    _STARTED[daemon.pid] = daemon
    deadline = time.monotonic() + START_SECONDS
    while not answers(folder):
        if daemon.poll() is not None or time.monotonic() > deadline:
            tail = (folder / "log").read_text(errors="replace").splitlines()[-5:]
            raise RuntimeError("the private dockerd does not start:\n" + "\n".join(tail))
        time.sleep(0.1)


def _make_bridge() -> None:
    """A bridge of our own, so that no other daemon's docker0 is touched. With forwarding already on, dockerd leaves
    the machine's FORWARD policy as it is."""
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    if not Path(f"/sys/class/net/{BRIDGE}").exists():
        subprocess.run(["ip", "link", "add", BRIDGE, "type", "bridge"], check=True)
        subprocess.run(["ip", "address", "add", BRIDGE_ADDRESS, "dev", BRIDGE], check=True)
    subprocess.run(["ip", "link", "set", BRIDGE, "up"], check=True)


def stop() -> None:
    """End the daemon by its own pid, wait for it, and take its bridge away."""
    try:
        _end(pid_at(home()))
    except FileNotFoundError:
        return
    subprocess.run(["ip", "link", "delete", BRIDGE], check=False)


def _end(pid: int) -> None:
    started = _STARTED.pop(pid, None)
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    deadline = time.monotonic() + START_SECONDS
    while Path(f"/proc/{pid}/fd").exists() and _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    if started is not None:
        started.wait()


def _alive(pid: int) -> bool:
    """Whether it runs; one that ended and that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass(frozen=True)
class Docker:
    """The `docker` command on one engine."""

    host: str

    def run(self, *words: str, timeout: float | None = 120) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "DOCKER_HOST": self.host}
        return subprocess.run([CLI, *words], env=environ, capture_output=True, text=True, timeout=timeout)

    def ok(self, *words: str, timeout: float | None = 120) -> str:
        done = self.run(*words, timeout=timeout)
        assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def give(self, image: str, reference: str) -> None:
        """Push an image under another name, however long that takes; the engine does not keep the name."""
        if image != reference:
            self.ok("tag", image, reference)
        self.ok("push", "-q", reference, timeout=None)
        self.ok("rmi", reference)

    def labels(self, kind: str, name: str) -> dict[str, str]:
        """The labels of a container, network or volume."""
        path = "{{json .Config.Labels}}" if kind == "container" else "{{json .Labels}}"
        found: dict[str, str] = json.loads(self.ok(kind, "inspect", "-f", path, name)) or {}
        return found


def stand_ins(host: str, *references: str) -> None:
    """Build the base images that are missing (scripts/base-images)."""
    script = REPOSITORY / "scripts" / "base-images" / "build.py"
    with open(home() / "building", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([sys.executable, str(script), *references], check=True, env={**os.environ, "DOCKER_HOST": host})


if __name__ == "__main__":
    if sys.argv[1:] == ["start"]:
        ensure()
        (home() / "stay").touch()
        print(address())
    elif sys.argv[1:] == ["stop"]:
        (home() / "stay").unlink(missing_ok=True)
        stop()
    else:
        sys.exit("usage: dockerd.py start | stop")
