"""What Longshore saw healthy before the engine's own check has run: kept for later commands, so that `ps` can say so.

One small file per project; a container's entry counts only for the start it was seen at."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from longshore.state.folders import STATE, folder, make_private

__all__ = ["Seen"]


class Seen:
    """The file of one project under the state directory. Losing it costs a word in `ps`, so nothing here raises."""

    def __init__(self, environ: Mapping[str, str], project: str) -> None:
        self._path = Path(folder(environ, STATE)) / project / "docker-seen.json"

    def read(self) -> dict[str, float]:
        """Container id → when the start began at which it was seen healthy."""
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def add(self, container: str, started: float) -> None:
        self._write({**self.read(), container: started})

    def forget(self) -> None:
        try:
            self._path.unlink()
        except OSError:
            return

    def _write(self, entries: Mapping[str, float]) -> None:
        draft = self._path.with_suffix(f".{os.getpid()}")
        try:
            make_private(self._path.parent.parent)
            make_private(self._path.parent)
            draft.write_text(json.dumps(entries))
            draft.replace(self._path)
        except OSError:
            return
