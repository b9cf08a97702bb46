"""Limits that the kernel keeps for a whole container, through control groups: version 2, or 1 where that is mounted.
Only root may make them here; what an ordinary user gets instead is in inside/process.py."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from longshore.model.service import Resources
from longshore.native.kernel.privileges import is_root

__all__ = ["ControlGroup", "available", "settings_v1", "settings_v2", "sweep", "warm_up_beside"]

_MOUNT = Path("/sys/fs/cgroup")
_PERIOD = 100_000
_CONTROLLERS = ("memory", "cpu", "pids", "cpuset")


def available() -> int:
    """The version of control groups that limits can be set in: 2, 1, or 0 for none."""
    if not is_root() or not os.access(_MOUNT, os.W_OK):
        return 0
    if (_MOUNT / "cgroup.controllers").exists():
        return 2
    return 1 if (_MOUNT / "memory" / "tasks").exists() else 0


def warm_up_beside() -> None:
    """Spare the next processes that enter a group the wait for it, without waiting here."""
    threading.Thread(target=_warm_up, daemon=True).start()


def _warm_up() -> None:
    """Move this process to the group that it is in. A move lets all others wait for 5 to 8 ms, the next 20 ms long they
    find the way free (cgroup_threadgroup_rwsem): made beside other work, this one spares a service's start."""
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, names, path = line.split(":", 2)
        mount = {"": _MOUNT, "memory": _MOUNT / "memory"}.get(names)
        if mount:
            with suppress(OSError):
                (mount / path.lstrip("/") / "cgroup.procs").write_text("0", encoding="ascii")
                return


def settings_v2(limits: Resources) -> dict[str, str]:
    """File → content, in a version 2 group."""
    found: dict[str, str] = {}
    if limits.memory:
        found["memory.max"] = str(limits.memory)
        if limits.memory_swap is not None:
            swap = limits.memory_swap
            found["memory.swap.max"] = "max" if swap < 0 else str(max(0, swap - limits.memory))
    if limits.memory_reservation:
        found["memory.low"] = str(limits.memory_reservation)
    if limits.cpus:
        found["cpu.max"] = f"{int(limits.cpus * _PERIOD)} {_PERIOD}"
    if limits.cpu_shares:
        found["cpu.weight"] = str(1 + ((limits.cpu_shares - 2) * 9999) // 262142)
    if limits.pids and limits.pids > 0:
        found["pids.max"] = str(limits.pids)
    return found


def settings_v1(limits: Resources) -> dict[str, str]:
    """controller/file → content, in version 1 groups."""
    found: dict[str, str] = {}
    if limits.memory:
        found["memory/memory.limit_in_bytes"] = str(limits.memory)
        if limits.memory_swap is not None and limits.memory_swap > 0:
            found["memory/memory.memsw.limit_in_bytes"] = str(limits.memory_swap)
    if limits.memory_reservation:
        found["memory/memory.soft_limit_in_bytes"] = str(limits.memory_reservation)
    if limits.cpus:
        found["cpu/cpu.cfs_period_us"] = str(_PERIOD)
        found["cpu/cpu.cfs_quota_us"] = str(int(limits.cpus * _PERIOD))
    if limits.cpu_shares:
        found["cpu/cpu.shares"] = str(limits.cpu_shares)
    if limits.pids and limits.pids > 0:
        found["pids/pids.max"] = str(limits.pids)
    return found


def sweep(project: str) -> None:
    """Take away what an agent of this project that was killed has left; groups with processes in them stay."""
    roots = {1: [_MOUNT / name for name in _CONTROLLERS], 2: [_MOUNT]}.get(available(), [])
    for root in roots:
        directory = root / "longshore" / project
        with suppress(OSError):
            for group in directory.iterdir():
                if group.is_dir():
                    _remove(group)
        _remove(directory)


def _remove(*directories: Path) -> None:
    for directory in directories:
        with suppress(OSError):
            directory.rmdir()


class ControlGroup:
    """The group (or groups) of one container; exists only while it has limits to hold."""

    def __init__(self, project: str, identity: str, limits: Resources) -> None:
        version = available()
        settings = {1: settings_v1, 2: settings_v2}.get(version)
        self._settings = settings(limits) if settings else {}
        self._version = version
        self._path = Path("longshore") / project / identity

    def make(self) -> None:
        """Make the group with its settings. Raises OSError."""
        for directory in self._directories():
            directory.mkdir(parents=True, exist_ok=True)
        if self._version == 2 and self._settings:
            self._enable()
        for file, value in self._settings.items():
            self._file(file).write_text(value, encoding="ascii")

    @property
    def members(self) -> tuple[str, ...]:
        """The files that take a process into the group when its pid (0: the writer) is written to them."""
        return tuple(str(directory / "cgroup.procs") for directory in self._directories())

    def _directories(self) -> list[Path]:
        if not self._settings:
            return []
        if self._version == 2:
            return [_MOUNT / self._path]
        return sorted({_MOUNT / file.split("/")[0] / self._path for file in self._settings})

    def _file(self, name: str) -> Path:
        if self._version == 2:
            return _MOUNT / self._path / name
        controller, _, file = name.partition("/")
        return _MOUNT / controller / self._path / file

    def _enable(self) -> None:
        """Version 2: each controller must be passed down from the root group on."""
        wanted = " ".join(f"+{name}" for name in _CONTROLLERS)
        group = _MOUNT
        for part in ("", *self._path.parts[:-1]):
            group = group / part
            with suppress(OSError):
                (group / "cgroup.subtree_control").write_text(wanted, encoding="ascii")

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed something in here for want of memory."""
        file = "memory.events" if self._version == 2 else "memory/memory.oom_control"
        with suppress(OSError):
            for line in self._file(file).read_text(encoding="ascii").splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count) > 0
        return False

    def remove(self) -> None:
        """Take the group away once its last process is gone, and the project's when this was the last."""
        for directory in self._directories():
            for _ in range(20):
                try:
                    directory.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.005)
            _remove(directory.parent, directory.parent.parent)
