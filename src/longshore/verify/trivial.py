"""Health checks that cannot fail, told from their text. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["never_fails"]

_ALWAYS = re.compile(r"^\s*(?:true|:|exit\s+0|exit|/bin/true|/usr/bin/true|echo\b[^;&|]*|printf\b[^;&|]*)\s*;?\s*$")
_IN_THE_END = re.compile(r"(?:\|\||;)\s*(?:true|:|exit\s+0|/bin/true)\s*;?\s*$")


def never_fails(test: Sequence[str]) -> str:
    """Why a check of these words passes whatever the service does; "" where it can fail as far as its text tells."""
    if len(test) < 2:
        return ""
    if test[0] == "CMD" and not _shell(test):
        program = test[1].rpartition("/")[2]
        constant = program in ("true", "echo", "printf")
        return f"{program} passes always" if constant else ""
    line = test[-1]
    if _ALWAYS.match(line):
        return f"“{line.strip()}” passes always"
    match = _IN_THE_END.search(line)
    return f"it ends in “{match[0].strip()}”" if match else ""


def _shell(test: Sequence[str]) -> bool:
    return test[1].rpartition("/")[2] in ("sh", "bash", "ash", "dash") and len(test) == 4 and test[2].endswith("c")
