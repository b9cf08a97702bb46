"""A failing step says which one it was: the message that reaches people names the step, not the system call alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["StepFailed", "step"]


class StepFailed(Exception):
    """`str()` is the step and the cause; `code` the exit code that stands for it (126 or 127 for exec)."""

    def __init__(self, what: str, code: int = 125) -> None:
        super().__init__(what)
        self.code = code


@contextmanager
def step(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        detail = error.strerror or str(error)
        where = f" ({error.filename})" if error.filename else ""
        raise StepFailed(f"{name}: {detail}{where}") from error
    except (ValueError, LookupError) as error:
        raise StepFailed(f"{name}: {error}") from error
