"""What the assistant is told and what it says by itself: files in a folder, read when they are used.

A file that was changed counts from the next message on. One that is gone or empty is replaced by the last words it had.
"""

import logging
from pathlib import Path
from typing import Literal

log = logging.getLogger("assistant.prompts")

Prompt = Literal["system", "start", "new", "offline", "failed", "unreadable"]
PROMPTS: tuple[Prompt, ...] = ("system", "start", "new", "offline", "failed", "unreadable")


class Prompts:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last = {name: self._read(name) for name in PROMPTS}
        if missing := [name for name, text in self._last.items() if not text]:
            raise FileNotFoundError(f"{folder} has no {', '.join(f'{name}.md' for name in missing)}")

    def __getitem__(self, name: Prompt) -> str:
        text = self._read(name)
        if not text:
            log.warning("%s/%s.md is gone or empty: its last words are used", self.folder, name)
            return self._last[name]
        self._last[name] = text
        return text

    def _read(self, name: Prompt) -> str:
        try:
            return (self.folder / f"{name}.md").read_text(encoding="utf-8").strip()
        except OSError:
            return ""
