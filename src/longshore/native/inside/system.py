"""/dev, /proc and /sys as a container sees them: only what is harmless, the rest masked or read-only as Docker does."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from longshore.native.inside.root import bind, inside
from longshore.native.inside.steps import step
from longshore.native.kernel.syscalls import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_RDONLY,
    MS_REC,
    mount,
    set_mount_attributes,
)

__all__ = ["mask", "mount_dev", "mount_proc", "mount_sys"]

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}
_HIDDEN = (
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap",
    "/sys/firmware",
)  # fmt: skip
_READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


def mount_dev(root: Path, shm_size: int, *, nested: bool) -> None:
    with step("make /dev"):
        dev = inside(root, "/dev")
        dev.mkdir(exist_ok=True)
        mount("tmpfs", dev, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=64k")
        for name in _DEVICES:
            bind(Path("/dev", name), dev / name, device=True)
        for name, target in _LINKS.items():
            (dev / name).symlink_to(target)
        for name in ("pts", "shm", "mqueue"):
            (dev / name).mkdir()
        terminal = "newinstance,ptmxmode=0666,mode=0620" + ("" if nested else ",gid=5")
        mount("devpts", dev / "pts", "devpts", MS_NOSUID | MS_NOEXEC, terminal)
        mount("shm", dev / "shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, f"mode=1777,size={shm_size}")
        with contextlib.suppress(OSError):  # a kernel without POSIX message queues
            mount("mqueue", dev / "mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def mount_proc(root: Path) -> None:
    with step("mount /proc"):
        target = inside(root, "/proc")
        target.mkdir(exist_ok=True)
        mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def mount_sys(root: Path) -> None:
    """A fresh read-only sysfs; where the kernel gives none (the host's network as an ordinary user), the host's."""
    with step("mount /sys"):
        target = inside(root, "/sys")
        target.mkdir(exist_ok=True)
        try:
            mount("sysfs", target, "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY)
        except OSError:
            mount("/sys", target, None, MS_BIND | MS_REC)
            set_mount_attributes(target, MS_RDONLY)


def mask(root: Path) -> None:
    """Hide what tells of the host, and keep the kernel's switches from being written."""
    with step("mask /proc and /sys"):
        for path in _READ_ONLY:
            target = inside(root, path)
            if target.exists():
                mount(target, target, None, MS_BIND | MS_REC)
                set_mount_attributes(target, MS_RDONLY)
        for path in _HIDDEN:
            target = inside(root, path)
            if target.is_dir():
                mount("tmpfs", target, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0")
            elif os.path.lexists(target):
                mount("/dev/null", target, None, MS_BIND)
