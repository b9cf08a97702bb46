"""Scripts that are given to a shell with -c. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["hands_over", "shell_script"]

_SHELL = re.compile(r"^(?:/usr)?(?:/bin/)?(?:ba|da|a|z|k)?sh$")
_SEPARATORS = re.compile(r"&&|\|\||;|\n")


def shell_script(words: Sequence[str]) -> str:
    """The script of `sh -c SCRIPT`; "" for any other command."""
    if len(words) < 3 or not _SHELL.match(words[0]):
        return ""
    for index, word in enumerate(words[1:], 1):
        if word.startswith("-") and not word.startswith("--"):
            if "c" in word and index + 1 < len(words):
                return words[index + 1]
        else:
            return ""
    return ""


def hands_over(script: str) -> bool:
    """Whether the shell gives its process to what runs last (`exec`), or answers SIGTERM itself (`trap`)."""
    parts = [part.strip() for part in _SEPARATORS.split(script) if part.strip()]
    return not parts or parts[-1].startswith("exec ") or any(part.startswith("trap ") for part in parts)
