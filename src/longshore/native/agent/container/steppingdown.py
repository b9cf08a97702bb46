"""How an ordinary user's container begins again as the user that its entry point steps down to (stepping.py says when):
its process is ended, and the next one has the same standard streams."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from longshore.native.agent.container.launch import Launched
from longshore.native.agent.container.stepping import Asked, remember
from longshore.native.shared.spec import ContainerSpec

__all__ = ["SteppingDown"]


class SteppingDown:
    """Of one container, from one start to the end of its process."""

    def __init__(self) -> None:
        self._asked: Asked | None = None
        self._given: list[int] = []
        """Standard streams that it was started with, kept for as long as it may have to begin again."""
        self._ended_for_it: Launched | None = None

    def listen(self, made: Launched, spec: ContainerSpec, streams: Sequence[int]) -> None:
        """Answer who its processes may be. A terminal that was handed over cannot be handed over again."""
        listener = made.take_listener()
        if listener < 0:
            return
        if not spec.tty:
            self._given = [os.dup(stream) for stream in streams]
        self._asked = Asked(listener, lambda becomes: self._step_down(made, spec, becomes))

    def _step_down(self, made: Launched, spec: ContainerSpec, becomes: str) -> None:
        remember(spec, becomes)
        self._ended_for_it = made
        made.signal(signal.SIGKILL)

    def wanted(self, made: Launched) -> bool:
        """Whether this process was ended so that the container begins again."""
        return self._ended_for_it is made

    @property
    def several(self) -> bool:
        """Whether a process beside the main one asked to be somebody else."""
        return self._asked is not None and self._asked.others

    def take_streams(self) -> list[int]:
        """What the next process is to have; the caller's from now on."""
        given, self._given = self._given, []
        return given

    def close(self) -> None:
        """The process has ended."""
        self._ended_for_it = None
        if self._asked:
            self._asked.close()
            self._asked = None
        for stream in self.take_streams():
            os.close(stream)
