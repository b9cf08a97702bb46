"""The keys that leave a container which goes on: `ctrl-p,ctrl-q` where nothing else is asked for, as Docker's."""

from __future__ import annotations

from longshore.model.errors import ShoreError

__all__ = ["USUAL", "DetachKeys"]

USUAL = "ctrl-p,ctrl-q"
_CTRL = "@abcdefghijklmnopqrstuvwxyz[\\]^_"
"""Their places are the codes that a terminal sends for them (moby/term, ascii.go)."""


class DetachKeys:
    """Looks for the sequence in what is typed, however it comes in pieces."""

    def __init__(self, text: str = "") -> None:
        """Raises ShoreError for a key that is none."""
        self._keys = [_code(key) for key in (text or USUAL).split(",")]
        self._at = 0

    def feed(self, typed: bytes) -> tuple[bytes, bool]:
        """What of it goes on to the container, and whether the sequence is complete."""
        out = bytearray()
        for byte in typed:
            if byte != self._keys[self._at]:
                out += bytes(self._keys[: self._at])
                self._at = 0
            if byte != self._keys[self._at]:
                out.append(byte)
                continue
            self._at += 1
            if self._at == len(self._keys):
                self._at = 0
                return bytes(out), True
        return bytes(out), False


def _code(key: str) -> int:
    name = key.strip()
    if len(name) == 1 and name.isascii():
        return ord(name)
    control = name.lower().removeprefix("ctrl-")
    if name.lower().startswith("ctrl-") and len(control) == 1 and control in _CTRL:
        return _CTRL.index(control)
    raise ShoreError(f"{key!r} is no key", hint=f"write single characters and ctrl-KEY, with commas: {USUAL}")
