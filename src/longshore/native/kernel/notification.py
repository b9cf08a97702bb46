"""Calls of other processes that the kernel asks us about (seccomp_unotify(2)): a question, and its answer."""

from __future__ import annotations

import fcntl
import select
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

__all__ = ["Listener", "Question"]

_RECEIVE, _SEND = 0xC0502100, 0xC0182101
"""ioctl(2) of a seccomp listener, for the two structures below."""
_QUESTION, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")


class Question(NamedTuple):
    """The call `number` of process `pid`, which waits."""

    identity: int
    pid: int
    number: int
    arguments: Sequence[int]


class Listener:
    """Of one descriptor, which stays the caller's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def next(self) -> Question | None:
        """What is asked now; None where nothing is. The kernel wants the structure empty, and would have us wait where
        there is no question. EOFError when nobody is left who could ask."""
        while True:
            events = self._poll.poll(0)
            if not events:
                return None
            if not events[0][1] & select.POLLIN:
                raise EOFError
            question = bytearray(_QUESTION.size)
            try:
                fcntl.ioctl(self._descriptor, _RECEIVE, question)
            except OSError:  # who asked was killed meanwhile
                continue
            identity, pid, _, number, _, _, *arguments = _QUESTION.unpack(question)
            return Question(identity, pid, number, arguments)

    def succeed(self, question: Question) -> None:
        """The call does nothing, and is told that it worked."""
        with suppress(OSError):
            fcntl.ioctl(self._descriptor, _SEND, _ANSWER.pack(question.identity, 0, 0, 0))

    def fail(self, question: Question, error: int) -> None:
        """The call fails with this errno."""
        with suppress(OSError):
            fcntl.ioctl(self._descriptor, _SEND, _ANSWER.pack(question.identity, 0, -error, 0))
