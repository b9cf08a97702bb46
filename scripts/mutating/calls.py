"""What of the source is called, in this process and in those that it starts (they run `SITE` as `sitecustomize`)."""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
from typing import Any

__all__ = ["FOLDER", "SITE", "Seen", "follow"]

FOLDER = "MUTATE_SEEN"
"""The variable that says where processes leave what they called."""
SITE = "from mutating.calls import follow\n\nfollow()\n"
"""The text of `sitecustomize.py`."""


class Seen:
    """The functions under a folder that were called, as "file:Class.function"; of what is outside of one, "file:"."""

    def __init__(self, folder: str) -> None:
        self._folder, self.found = folder, set[tuple[str, str]]()

    def __call__(self, frame: Any, event: str, value: Any) -> None:
        code = frame.f_code
        if code.co_filename.startswith(self._folder):
            self.found.add((code.co_filename, code.co_qualname))

    def begin(self) -> None:
        self.found = set()
        threading.settrace(self)
        sys.settrace(self)

    def end(self) -> list[str]:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        return sorted({f"{name.removeprefix(self._folder)}:{_written(inside)}" for name, inside in self.found})


def _written(qualified: str) -> str:
    """The name of the function that a reader sees: its lambdas and comprehensions are part of it."""
    return ".".join(part for part in qualified.split(".") if not part.startswith("<"))


def follow() -> None:
    """Note what this process calls, where somebody asks for that."""
    folder, source = os.environ.get(FOLDER), os.environ.get("MUTATE_SOURCE", "")
    if not folder:
        return
    seen = Seen(source)

    def leave() -> None:
        with open(f"{folder}/{os.getpid()}-{time.monotonic_ns()}", "w") as file:
            json.dump(seen.end(), file)

    seen.begin()
    atexit.register(leave)
