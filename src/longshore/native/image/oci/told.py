"""How far a transfer of an image is."""

from __future__ import annotations

import time
from collections.abc import Iterable

from longshore.engine.registry.manifests import Descriptor
from longshore.state.events import Emit, ImageFetching

__all__ = ["Told"]

TELL_SECONDS = 0.1


class Told:
    """Says it, ten times a second at most."""

    def __init__(self, reference: str, emit: Emit, service: str) -> None:
        self._reference, self._emit, self._service = reference, emit, service
        self._there: dict[str, int] = {}
        self._total, self._last = 0, 0.0

    def expect(self, blobs: Iterable[Descriptor]) -> None:
        self._total = sum(blob.size for blob in blobs)
        if self._total:
            self._tell()

    def have(self, blob: Descriptor, size: int) -> None:
        self._there[blob.digest] = size
        if time.monotonic() - self._last >= TELL_SECONDS or sum(self._there.values()) == self._total:
            self._tell()

    def _tell(self) -> None:
        self._last = time.monotonic()
        done = sum(self._there.values())
        self._emit(ImageFetching(self._service, what=self._reference, done=done, total=self._total))
