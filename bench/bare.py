"""A stack's services as bare processes: the same programs, files and environment as on the native engine, started by
hand on the host's own network, with no agent, no pid or network namespace, no limits, no seccomp filter, no log pipe.

Roots are put together beforehand and do not count: a bare machine has its programs installed."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from longshore.compose.load import LoadOptions, load
from longshore.native.command.translate import translate
from longshore.native.image.store.images import ImageStore
from longshore.native.inside.root import bind, inside
from longshore.native.inside.users import resolve
from longshore.native.kernel.privileges import is_root
from longshore.native.kernel.syscalls import (
    CLONE_NEWNS,
    MNT_DETACH,
    MS_REC,
    MS_SLAVE,
    mount,
    pivot_root,
    umount,
    unshare,
)
from longshore.native.kernel.userns import enter_user_namespace
from longshore.native.shared.spec import ContainerSpec, MountSpec
from longshore.native.shared.volumes import Volumes

__all__ = ["POLL_SECONDS", "Bare", "answers_http", "answers_postgres", "answers_redis", "free_port", "specs"]

POLL_SECONDS = 0.005


def specs(folder: Path, file: str, cache: str) -> dict[str, ContainerSpec]:
    """What the native engine would run for each service, from the images that are in the cache."""
    stack = load(LoadOptions(files=[str(folder / file)]))
    store = ImageStore(Path(cache) / "longshore", offline=True)
    found: dict[str, ContainerSpec] = {}
    for name, service in stack.services.items():
        reference = service.image or f"{stack.name}-{name}"
        image = store.find(reference)
        assert image, f"{reference} is not in the cache: bring the stack up once"
        found[name] = translate(stack, service, image)
    return found


class Bare:
    """One service: `prepare` makes its root in a child that waits, `start` lets it run, `stop` ends it."""

    def __init__(
        self, spec: ContainerSpec, volumes: Volumes, *, argv: Sequence[str] = (), env: Mapping[str, str] | None = None
    ) -> None:
        self.spec = spec
        self.volumes = volumes
        self.argv = tuple(argv) or spec.argv
        self.env = {"HOME": "/", **spec.environment, **(env or {})}
        self.pid = 0
        self._go = -1

    def prepare(self) -> None:
        ready, ready_child = os.pipe()
        go_child, self._go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._go)
            self._child(go_child, ready_child)
        os.close(go_child)
        os.close(ready_child)
        assert os.read(ready, 1) == b"r", f"{self.spec.service}: its root could not be made; see above"
        os.close(ready)

    def start(self) -> None:
        os.write(self._go, b"g")
        os.close(self._go)

    def stop(self) -> None:
        """As the service wants to be stopped; then whatever is left of its process group."""
        if not self.pid:
            return
        os.kill(self.pid, signal.Signals[self.spec.stop_signal])
        os.waitpid(self.pid, 0)
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.pid = 0

    def ended(self) -> bool:
        """Whether it has ended by itself, and well."""
        if self.pid:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                return False
            assert status == 0, f"{self.spec.service} ended with {status}"
            self.pid = 0
        return True

    def _child(self, go: int, ready: int) -> None:
        try:
            os.setsid()
            self._make_root()
            self._become()
            self._silence()
            os.write(ready, b"r")
            if os.read(go, 1) == b"g":
                os.execvpe(self.argv[0], self.argv, self.env)
        except BaseException as error:
            print(f"{self.spec.service}: {error!r}", flush=True)
        os._exit(127)

    def _make_root(self) -> None:
        if not is_root():
            enter_user_namespace()
        unshare(CLONE_NEWNS)
        mount(None, "/", None, MS_REC | MS_SLAVE)
        work = Path(tempfile.mkdtemp(prefix="bare-"))
        mount("tmpfs", work, "tmpfs", 0, "mode=755")
        for name in ("root", "upper", "work"):
            (work / name).mkdir()
        lower = ":".join(reversed(self.spec.layers))
        extra = "" if is_root() else ",userxattr"
        options = f"lowerdir={lower},upperdir={work}/upper,workdir={work}/work{extra}"
        mount("overlay", work / "root", "overlay", 0, options)
        root = work / "root"
        bind(root, work / "image")
        for name in ("/proc", "/sys", "/dev"):
            bind(Path(name), inside(root, name), device=True)
        for entry in self.spec.mounts:
            self._mount(root, work / "image", entry)
        os.chdir(root)
        pivot_root(".", ".")  # not chroot: from inside one no further user namespace can be made
        umount(".", MNT_DETACH)
        os.chdir(self.spec.working_dir)

    def _mount(self, root: Path, image: Path, entry: MountSpec) -> None:
        """An anonymous volume is the image's own directory, where it has one: nothing is copied by hand."""
        target = inside(root, entry.target)
        shipped = inside(image, entry.target)
        if entry.type == "bind" or entry.source:
            bind(Path(entry.source) if entry.type == "bind" else self.volumes.data(entry.source), target)
        elif entry.type == "volume" and shipped.is_dir():
            bind(shipped, target)
        else:
            target.mkdir(parents=True, exist_ok=True)
            mount("tmpfs", target, "tmpfs", 0, "mode=1777")

    def _become(self) -> None:
        account = resolve(self.spec.user, (), Path("/etc/passwd").read_text(), Path("/etc/group").read_text())
        self.env["HOME"] = account.home
        if is_root():
            os.setgroups(account.groups)
            os.setresgid(account.gid, account.gid, account.gid)
            os.setresuid(account.uid, account.uid, account.uid)
        else:
            enter_user_namespace(account.uid, account.gid)

    def _silence(self) -> None:
        null = os.open("/dev/null", os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(ready: Callable[[], bool], seconds: float = 60) -> None:
    """Ask every 5 ms."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "not ready in time"
        time.sleep(POLL_SECONDS)


def ask(port: int, question: bytes, size: int = 4096) -> bytes:
    """One question, one read; b"" when nobody listens yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(question)
            return connection.recv(size)
    except OSError:
        return b""


def answers_postgres(port: int) -> bool:
    """As pg_isready: a start packet is answered by a request to authenticate, not by an error."""
    words = b"user\0postgres\0database\0postgres\0\0"
    packet = (8 + len(words)).to_bytes(4, "big") + (196608).to_bytes(4, "big") + words
    return ask(port, packet, 1) == b"R"


def answers_redis(port: int) -> bool:
    return ask(port, b"PING\r\n") == b"+PONG\r\n"


def answers_http(port: int, path: str) -> bool:
    return b" 200 " in ask(port, f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()).split(b"\r\n")[0]
