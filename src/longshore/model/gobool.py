"""Truth as Go's strconv.ParseBool reads it: flags, COMPOSE_ variables, options of mounts."""

from __future__ import annotations

__all__ = ["FALSE", "TRUE"]

TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
