"""Calls of other processes that the kernel asks us about (seccomp_unotify(2)): questions, and who answers them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import select
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

__all__ = ["Answering", "Listener", "Question"]

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


class Answering:
    """Has `answer` called for each question that comes by the descriptor, which is closed in the end, or when nobody is
    left who could ask."""

    def __init__(self, descriptor: int, answer: Callable[[Listener, Question], None]) -> None:
        self._descriptor, self._listener, self._answer = descriptor, Listener(descriptor), answer
        asyncio.get_running_loop().add_reader(descriptor, self._answer_next)

    def close(self) -> None:
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _answer_next(self) -> None:
        """One, so that who asks without end does not keep us from all else."""
        try:
            question = self._listener.next()
        except EOFError:
            self.close()
            return
        if question:
            self._answer(self._listener, question)
