"""The helper process of `sandbox`: namespaces, one overlay of the layers, a minimal /dev, the binds, and the command as
pid 1. It holds no secret and nothing of the caller's environment; when it dies the kernel removes every mount."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any, NoReturn

from longshore.native.kernel import bpf, capabilities, profile, seccomp, syscalls, userns
from longshore.native.kernel import syscalls as sys_

__all__ = ["main"]

MARK = "longshore-sandbox: "
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
         "ptmx": "pts/ptmx"}  # fmt: skip
MASKED = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sysrq-trigger", "/proc/latency_stats", "/proc/acpi",
          "/proc/scsi", "/sys/firmware")  # fmt: skip
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
READ_ONLY = ("/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq")
ROOT_OPTIONS = "index=off,metacopy=off,redirect_dir=off"
USER_OPTIONS = "userxattr"
"""Layers stay free of references to one another; `userxattr` implies it and refuses to hear it again."""


def main(description: bytes) -> NoReturn:
    """Run what `description` (JSON of a Sandbox) says; exit with the command's code, 125 when it cannot be set up."""
    spec = json.loads(description)
    try:
        code = _run(spec)
    except OSError as error:
        print(f"{MARK}{error.strerror or error}" if error.errno is None else f"{MARK}{error}", flush=True)
        code = 125
    os._exit(code)


def _run(spec: dict[str, Any]) -> int:
    sys_.death_signal()
    codecs.lookup("ascii")  # found now: after the root has changed, Python's own library is out of reach
    root_mode = userns.is_root()
    if not root_mode:
        userns.enter_user_namespace()
    flags = sys_.CLONE_NEWNS | sys_.CLONE_NEWIPC | sys_.CLONE_NEWUTS | sys_.CLONE_NEWPID
    sys_.unshare(flags | (sys_.CLONE_NEWNET if spec["network"] == "none" else 0))
    if spec["network"] == "none":
        _loopback_up()
    sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_PRIVATE)
    sys_.sethostname(spec["hostname"])
    root = Path(spec["scratch"]) / "merged"
    stubs: list[tuple[str, bool]] = []
    _overlay(spec, root, root_mode)
    _devices(root, stubs)
    _binds(spec, root, stubs, root_mode)
    for name in ("proc", "sys"):
        _stub(root, f"/{name}", True, stubs)
    pid = os.fork()
    if pid == 0:
        _become(spec, root, root_mode)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    _remove_stubs(spec, stubs)
    return code if code >= 0 else 128 - code


def _loopback_up() -> None:
    """A fresh network namespace has a loopback interface that is down (netdevice(7): SIOCSIFFLAGS)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP).ljust(40, b"\0"))


def _overlay(spec: dict[str, Any], root: Path, root_mode: bool) -> None:
    """Mount the layers at `root`; by short names, because mount options end at one page."""
    names = root.parent / "l"
    for directory in (root, names, Path(spec["upper"]), Path(spec["work"])):
        directory.mkdir(parents=True, exist_ok=True)
    sys_.mount("tmpfs", names, "tmpfs", 0, "size=64m")
    for position, layer in enumerate(spec["layers"]):
        (names / str(position)).symlink_to(layer)
    (names / "u").symlink_to(spec["upper"])
    (names / "w").symlink_to(spec["work"])
    os.chdir(names)
    lower = ":".join(str(position) for position in reversed(range(len(spec["layers"]))))
    options = f"lowerdir={lower},upperdir=u,workdir=w,{ROOT_OPTIONS if root_mode else USER_OPTIONS}"
    sys_.mount("overlay", root, "overlay", sys_.MS_NODEV, options)
    os.chdir("/")


def _devices(root: Path, stubs: list[tuple[str, bool]]) -> None:
    _stub(root, "/dev", True, stubs)
    dev = root / "dev"
    sys_.mount("tmpfs", dev, "tmpfs", sys_.MS_NOSUID, "mode=755,size=65536k")
    for name in DEVICES:
        (dev / name).touch()
        sys_.mount(f"/dev/{name}", dev / name, None, sys_.MS_BIND)
    for name, target in LINKS.items():
        (dev / name).symlink_to(target)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    sys_.mount("shm", dev / "shm", "tmpfs", sys_.MS_NOSUID | sys_.MS_NODEV | sys_.MS_NOEXEC, "mode=1777,size=65536k")
    with contextlib.suppress(OSError):  # no devpts of our own in some containers; RUN rarely wants a terminal
        sys_.mount(
            "devpts", dev / "pts", "devpts", sys_.MS_NOSUID | sys_.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"
        )


def _binds(spec: dict[str, Any], root: Path, stubs: list[tuple[str, bool]], root_mode: bool) -> None:
    for number, bind in enumerate(spec["binds"]):
        directory = bind["text"] is None and (not bind["source"] or Path(bind["source"]).is_dir())
        target = _stub(root, bind["target"], directory, stubs)
        if bind["text"] is not None:
            source = root.parent / "l" / f"f{number}"
            source.write_text(bind["text"])
            source.chmod(bind["mode"])
            if root_mode:
                os.chown(source, bind["uid"], bind["gid"])
            sys_.mount(source, target, None, sys_.MS_BIND)
        elif bind["source"]:
            sys_.mount(bind["source"], target, None, sys_.MS_BIND | (sys_.MS_REC if directory else 0))
        else:
            size = f",size={bind['size']}" if bind["size"] else ""
            sys_.mount("tmpfs", target, "tmpfs", sys_.MS_NOSUID | sys_.MS_NODEV, f"mode={bind['mode']:o}{size}")
        if bind["read_only"]:
            sys_.set_mount_attributes(target, sys_.MS_RDONLY | sys_.MS_NODEV)


def _stub(root: Path, path: str, directory: bool, stubs: list[tuple[str, bool]]) -> Path:
    """The place of a mount inside `root`, resolved there (a link must not lead out to the host), made when missing and
    noted, so that no trace of it is left in the layer."""
    target = _resolve(root, path)
    missing = []
    parent = target if directory else target.parent
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    for new in reversed(missing):
        new.mkdir()
        stubs.append((str(new.relative_to(root)), True))
    if not directory and not target.exists():
        target.touch()
        stubs.append((str(target.relative_to(root)), False))
    return target


def _resolve(root: Path, path: str, depth: int = 0) -> Path:
    """`path` inside `root` with every link followed as if `root` were /."""
    if depth > 40:
        raise OSError(40, f"too many links: {path}")
    current = root
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for index, part in enumerate(parts):
        if part == "..":
            current = current if current == root else current.parent
            continue
        current = current / part
        if current.is_symlink():
            link = current.readlink().as_posix()
            base = "" if link.startswith("/") else "/" + str(current.parent.relative_to(root))
            return _resolve(root, "/".join([base, link, *parts[index + 1 :]]), depth + 1)
    return current


def _become(spec: dict[str, Any], root: Path, root_mode: bool) -> NoReturn:
    """In the child, pid 1 of its namespace: enter the root for good, give up what is not needed, run the command."""
    try:
        sys_.death_signal()
        _system_files(root, own_network=spec["network"] == "none")
        os.chdir(root)
        sys_.pivot_root(".", ".")
        sys_.umount(".")
        os.chdir("/")
        _privileges(spec, root_mode)
        os.umask(0o022)
        os.makedirs(spec["cwd"], exist_ok=True)  # noqa: PTH103 (a plain system call after the root has changed)
        os.chdir(spec["cwd"])
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    except OSError as error:
        print(f"{MARK}{error}", flush=True)
        os._exit(125)
    _execute(spec)


def _system_files(root: Path, *, own_network: bool) -> None:
    try:
        sys_.mount("proc", root / "proc", "proc", sys_.MS_NOSUID | sys_.MS_NODEV | sys_.MS_NOEXEC)
    except OSError:  # a container whose own /proc is masked allows no fresh one
        sys_.mount("/proc", root / "proc", None, sys_.MS_BIND | sys_.MS_REC)
    with contextlib.suppress(OSError):
        if own_network:  # its interfaces, not the host's
            sys_.mount("sysfs", root / "sys", "sysfs", sys_.MS_NOSUID | sys_.MS_NODEV | sys_.MS_NOEXEC)
            sys_.mount("/sys/fs/cgroup", root / "sys/fs/cgroup", None, sys_.MS_BIND | sys_.MS_REC)
        else:
            sys_.mount("/sys", root / "sys", None, sys_.MS_BIND | sys_.MS_REC)
        sys_.set_mount_attributes(root / "sys", sys_.MS_RDONLY)
    for path in MASKED:
        _mask(root / path.lstrip("/"))
    for path in READ_ONLY:
        inside = root / path.lstrip("/")
        with contextlib.suppress(OSError):
            sys_.mount(inside, inside, None, sys_.MS_BIND | sys_.MS_REC)
            sys_.set_mount_attributes(inside, sys_.MS_RDONLY)


def _mask(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir():
            sys_.mount("tmpfs", path, "tmpfs", sys_.MS_RDONLY, "size=0")
        elif path.exists():
            sys_.mount("/dev/null", path, None, sys_.MS_BIND)


def _privileges(spec: dict[str, Any], root_mode: bool) -> None:
    """Docker's default capabilities and seccomp profile. An ordinary user's uid 0 gets the fake-ownership filter, and
    another uid a nested user namespace in which it is the only one."""
    uid, gid, groups = spec["user"]
    if not root_mode and uid != 0:
        userns.enter_user_namespace(uid, gid)
        syscalls.set_dumpable(True)
        bpf.install(_profile())
        return
    capabilities.limit(capabilities.DEFAULT)
    bpf.install(_profile())
    if root_mode:
        os.setgroups(groups)
        os.setgid(gid)
        os.setuid(uid)
    else:
        bpf.install(seccomp.fake_ownership())
    if uid == 0:
        capabilities.hold(capabilities.DEFAULT) if root_mode else None


def _profile() -> bytes:
    return profile.default_profile(capabilities.DEFAULT)


def _execute(spec: dict[str, Any]) -> NoReturn:
    argv, env = spec["argv"], spec["env"]
    try:
        os.execvpe(argv[0], argv, env)
    except FileNotFoundError:
        print(f"{argv[0]}: not found", flush=True)
        os._exit(127)
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", flush=True)
        os._exit(126)


def _remove_stubs(spec: dict[str, Any], stubs: list[tuple[str, bool]]) -> None:
    """Unmount the binds and take away the places that were made for them, if they are still empty. The child's
    pivot_root changed our root too: paths are now the sandbox's own."""
    os.chdir("/")
    for bind in reversed(spec["binds"]):
        with contextlib.suppress(OSError):
            sys_.umount(bind["target"])
    for name in ("/dev", "/sys", "/proc"):
        with contextlib.suppress(OSError):
            sys_.umount(name)
    for name, directory in reversed(stubs):
        with contextlib.suppress(OSError):
            if directory:
                os.rmdir("/" + name)  # noqa: PTH106
            elif os.lstat("/" + name).st_size == 0:
                os.unlink("/" + name)  # noqa: PTH108


if __name__ == "__main__":
    main(sys.stdin.buffer.read())
