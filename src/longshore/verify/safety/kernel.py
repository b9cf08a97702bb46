"""A service's processes as the kernel of this machine has them: whose they are, what they may write, their limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from longshore.flow.processes import Process
from longshore.model.record import record
from longshore.state.sockets import held, listening

__all__ = ["Owned", "controls", "inside", "mounts_of", "owners", "rootful"]


@record
class Owned:
    """A process, the user id that it has inside of its container, and the sockets on which it takes connections, where
    this user may see them."""

    process: Process
    uid: int
    listens: frozenset[str] = frozenset()


def owners(processes: Iterable[Process]) -> Iterator[Owned]:
    """Whose they are; one that has ended meanwhile is left out."""
    for process in processes:
        folder = Path(f"/proc/{process.pid}")
        try:
            status, uid_map = ((folder / name).read_text() for name in ("status", "uid_map"))
        except OSError:
            continue
        line = next(line for line in status.splitlines() if line.startswith("Uid:"))
        listens = listening(folder / "net").intersection(held(folder))
        yield Owned(process, inside(int(line.split()[2]), uid_map), listens)


def inside(uid: int, uid_map: str) -> int:
    """The id that `uid` of this machine is in the user namespace of that map (lines "inside outside count")."""
    for line in uid_map.splitlines():
        first, outside, count = map(int, line.split())
        if outside <= uid < outside + count:
            return first + uid - outside
    return uid


def rootful(owned: Sequence[Owned]) -> list[Owned]:
    """Those that work as root. One that only supervises processes of other users, as nginx and PostgreSQL's entry
    point do, is none of them; one that takes connections where none of the others does is."""
    parents = {one.process.pid: one.process.parent for one in owned}
    supervisors: set[int] = set()
    for one in owned:
        pid = one.process.parent if one.uid else 0
        while pid and pid not in supervisors:
            supervisors.add(pid)
            pid = parents.get(pid, 0)
    served = frozenset[str]().union(*(one.listens for one in owned if one.uid))
    return [one for one in owned if one.uid == 0 and (one.process.pid not in supervisors or one.listens - served)]


def mounts_of(text: str) -> Mapping[str, bool]:
    """Of /proc/PID/mountinfo: by path whether it can only be read. Of several at one path the last counts."""
    found: dict[str, bool] = {}
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        words, rest = before.split(), after.split()
        options = {*words[5].split(","), *(rest[2].split(",") if len(rest) > 2 else ())}
        found[words[4].replace("\\040", " ")] = "ro" in options
    return found


_FILES = {
    "memory": (("memory", "memory.max"), ("memory", "memory.limit_in_bytes")),
    "pids": (("pids", "pids.max"), ("pids", "pids.max")),
    "cpus": (("cpu", "cpu.max"), ("cpu", "cpu.cfs_quota_us")),
}
"""By limit: controller and file, in version 2 of control groups and in version 1."""


def controls(pid: int, limit: str, root: Path = Path("/sys/fs/cgroup"), proc: Path = Path("/proc")) -> float | None:
    """What the control group of a process allows: bytes, processes, or processors; None for no bound."""
    groups = _groups((proc / str(pid) / "cgroup").read_text())
    (_, modern), (controller, old) = _FILES[limit]
    for file in (root / groups.get("", "/").lstrip("/") / modern,
                 root / controller / groups.get(controller, "/").lstrip("/") / old):  # fmt: skip
        try:
            text = file.read_text().split()
        except OSError:
            continue
        return _amount(text, file)
    return None


def _groups(text: str) -> Mapping[str, str]:
    """Path by controller; of version 2 under ""."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        _, names, path = line.split(":", 2)
        found |= dict.fromkeys(names.split(","), path)
    return found


NO_BOUND = 1 << 62
"""Version 1 writes nearly this where memory has no bound."""


def _amount(text: Sequence[str], file: Path) -> float | None:
    if not text or text[0] in ("max", "-1"):
        return None
    if file.name == "cpu.max":
        return int(text[0]) / int(text[1])
    if file.name == "cpu.cfs_quota_us":
        return int(text[0]) / int((file.parent / "cpu.cfs_period_us").read_text())
    return None if int(text[0]) >= NO_BOUND else float(text[0])
