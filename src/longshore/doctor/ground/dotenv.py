"""Reading the keys of `.env` files, and writing values that are missing there."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from longshore.doctor.ground.finding import Edit
from longshore.doctor.ground.project import Ground
from longshore.doctor.ground.secretnames import is_secret

__all__ = ["keys_of", "written"]

_KEY = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*(.*)$")
_COMMENTED = re.compile(r"^#\s?([A-Z_][A-Z0-9_]*)=")


def keys_of(text: str, *, commented: bool = False) -> dict[str, int]:
    """The keys that a file sets, with their lines (from 1). With `commented` also those in comments, as examples show
    what may be set."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _KEY.match(line) or (_COMMENTED.match(line) if commented else None)
        if match:
            found.setdefault(match[1], number)
    return found


def written(ground: Ground, names: Iterable[str]) -> Edit | None:
    """`.env` with a value for each of `names`: for a secret a generated one, for another what `.env.example` has. None
    where a value is not known for all of them: a guess would hide what is missing."""
    path = ground.folder / ".env"
    before = ground.text(path) or ""
    example = _values(ground.text(ground.folder / ".env.example") or "")
    lines = before.splitlines()
    for name in names:
        value = secrets.token_hex(32) if is_secret(name) else example.get(name, "")
        if not value:
            return None
        lines = [line for line in lines if not re.match(rf"\s*(?:export\s+)?{re.escape(name)}\s*=", line)]
        lines.append(f"{name}={value}")
    return Edit(str(path), before, "\n".join(lines) + "\n", mode=0o600)


def _values(text: str) -> dict[str, str]:
    return {match[1]: match[2].strip().strip("\"'") for line in text.splitlines() if (match := _KEY.match(line))}
