"""A real registry of images on this machine's loopback (Debian's docker-registry), filled by plain HTTP; and layers of
programs of this machine, which make an image that runs."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.images import Entry, TestImage, archive, member

START_SECONDS = 30.0


def why_no_registry() -> str:
    """Why none can be started here, "" when one can."""
    return "" if shutil.which("docker-registry") else "no docker-registry (apt-get install docker-registry)"


@dataclass(frozen=True)
class LocalRegistry:
    """`host` is its address and port; its data lie in `folder`."""

    host: str
    folder: Path

    def push(self, image: TestImage, name: str) -> str:
        """Put an image there as `name` ("app:1"); its whole reference."""
        path, _, tag = name.rpartition(":")
        for digest, content in image.blobs.items():
            if self._ask("HEAD", f"/v2/{path}/blobs/{digest}")[0] == 200:
                continue
            status, headers = self._ask("POST", f"/v2/{path}/blobs/uploads/")
            assert status == 202, status
            place = re.sub(r"^https?://[^/]+", "", headers["location"])
            status, _ = self._ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", content)
            assert status == 201, (status, digest)
        self.put(f"/v2/{path}/manifests/{image.digest}", image.manifest, image.media)
        self.put(f"/v2/{path}/manifests/{tag}", image.manifest, image.media)
        return f"{self.host}/{name}"

    def put(self, path: str, body: bytes, media: str) -> None:
        status, _ = self._ask("PUT", path, body, media)
        assert status == 201, status

    def _ask(
        self, method: str, path: str, body: bytes = b"", media: str = "application/octet-stream"
    ) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": media})
            answer = connection.getresponse()
            answer.read()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()


CONFIG = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}
http: {{addr: "{address}:{port}"}}
"""


@contextlib.contextmanager
def local_registry(folder: Path, address: str = "127.0.0.1", port: int = 0) -> Iterator[LocalRegistry]:
    """One of its own with what is in the folder, on this port of an address of this machine, else on a free one."""
    folder.mkdir(parents=True, exist_ok=True)
    if not port:
        with socket.socket() as free:
            free.bind((address, 0))
            port = free.getsockname()[1]
    (folder / "config.yml").write_text(CONFIG.format(folder=folder / "data", address=address, port=port))
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(folder / "config.yml")],
            stdout=log, stderr=log, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
        )  # fmt: skip
    try:
        _await(address, port, process, folder)
        yield LocalRegistry(f"{address}:{port}", folder)
    finally:
        process.terminate()
        process.wait(30)


def _await(address: str, port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
            return
        assert process.poll() is None, (folder / "log").read_text()
        time.sleep(0.05)
    raise AssertionError((folder / "log").read_text())


PROGRAMS = (
    "sh", "cat", "ls", "id", "sleep", "stat", "chown", "chmod", "mkdir", "touch", "rm", "ln", "env", "setpriv",
)  # fmt: skip


def programs(names: Iterable[str] = PROGRAMS, more: Iterable[Entry] = ()) -> bytes:
    """A layer with these programs of the machine, what they load, and the few files that every root has."""
    entries: list[Entry] = [
        "bin/", "etc/", member("tmp/", b"5", mode=0o1777), "root/", "usr/", member("usr/bin", b"2", "../bin"),
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1001:1002::/home/app:/bin/sh\n"),
        ("etc/group", "root:x:0:\napp:x:1002:\nmore:x:1050:app\n"),
    ]  # fmt: skip
    libraries: dict[str, bytes] = {}
    for name in names:
        path = shutil.which(name)
        assert path, f"this machine has no {name}"
        entries.append((member(f"bin/{name}", mode=0o755), Path(path).resolve().read_bytes()))
        said = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
        for library in re.findall(r"(/\S+) \(0x", said):
            libraries[library] = Path(library).resolve().read_bytes()
    entries += [(member(path.lstrip("/"), mode=0o755), content) for path, content in sorted(libraries.items())]
    return archive([*entries, *more])
