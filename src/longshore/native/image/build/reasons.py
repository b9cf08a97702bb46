"""Why a step is not taken from the cache: the parts of its key against those of the last build of the same step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["reason"]

SHOWN = 2


def reason(parts: Mapping[str, Any], before: Mapping[str, Any] | None) -> str:
    """In words for people. `parts` as the builder keys a step: parent, instruction, env, files, and others."""
    if before is None:
        return "first build"
    if before.get("files") != parts.get("files"):
        return _files(parts.get("files") or {}, before.get("files") or {})
    if before.get("instruction") != parts.get("instruction"):
        return "the instruction changed"
    if before.get("env") != parts.get("env"):
        return f"{_names(parts.get('env') or {}, before.get('env') or {})} changed"
    if before.get("parent") != parts.get("parent"):
        return "an earlier step changed"
    if before == parts:
        return "not in the cache any more"
    changed = sorted(name for name in {*parts, *before} if parts.get(name) != before.get(name))
    return f"{', '.join(changed)} changed"


def _files(now: Mapping[str, str], before: Mapping[str, str]) -> str:
    changed = sorted(name for name in now if name in before and now[name] != before[name])
    for names, word in (
        (changed, "changed"),
        (sorted(now.keys() - before.keys()), "added"),
        (sorted(before.keys() - now.keys()), "removed"),
    ):
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            return f"{', '.join(names[:SHOWN])}{more} {word}"
    return "files changed"


def _names(now: Mapping[str, str], before: Mapping[str, str]) -> str:
    names = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
