"""What the programs of a backup said: restic, and the servers' own tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["last_lines", "summary_of"]


def last_lines(said: str, count: int = 5) -> tuple[str, ...]:
    """The last of the lines in which something stands."""
    return tuple(line for line in said.splitlines() if line.strip())[-count:]


def summary_of(out: str) -> Mapping[str, Any] | None:
    """How restic's `backup --json` ends: the snapshot's id and what it added; None where it made none."""
    found = (json.loads(line) for line in reversed(out.splitlines()) if '"summary"' in line)
    return next((one for one in found if one.get("message_type") == "summary"), None)
