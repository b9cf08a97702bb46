"""What the kernel tells of a process in its status file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["status_of"]


def status_of(pid: int | str, proc: Path = Path("/proc")) -> dict[str, str]:
    """Fields of proc_pid_status(5) by their names; none of a process that is gone, or is not to be looked into."""
    try:
        lines = (proc / str(pid) / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
