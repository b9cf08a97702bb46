"""What the answer of a health probe says in one short line. Pure."""

from __future__ import annotations

import re

__all__ = ["is_missing", "probe_said"]

_MISSING = re.compile(
    r"not found|no such file|executable file|does not exist|permission denied|exec format error", re.IGNORECASE
)
_PREFIX = re.compile(r"^(?:/\S*/)?(?:sh|ash|bash|dash): (?:(?:line )?\d+: )?")


def is_missing(exit_code: int, output: str) -> bool:
    """The probe's program cannot be executed (it is not in the container, or may not be run): waiting will hardly help,
    and who waits should know at once."""
    return exit_code in (126, 127) or (exit_code != 0 and _executor_failed(output))


def _executor_failed(output: str) -> bool:
    return output.startswith(("OCI runtime exec failed", "exec failed")) and bool(_MISSING.search(output))


def probe_said(exit_code: int, output: str) -> str:
    """The last line that a failing probe printed, without the shell's own name before it; its exit code when it
    printed nothing."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if not lines:
        return f"exit code {exit_code}" if exit_code else ""
    return _PREFIX.sub("", lines[-1])
