"""What is typed goes to the container, and no further than the keys that leave it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from longshore.model.detachkeys import DetachKeys
from longshore.native.command.typed import Typing


@pytest.fixture
def keyboard() -> Iterator[int]:
    """Writes to this process's standard input."""
    before, (read, write) = os.dup(0), os.pipe()
    os.dup2(read, 0)
    os.close(read)
    yield write
    os.dup2(before, 0)
    for descriptor in (before, write):
        os.close(descriptor)


def test_what_was_typed_before_the_keys_still_goes_there(keyboard: int) -> None:
    async def play() -> bytes:
        there, target = os.pipe()
        left = asyncio.Event()
        typing = Typing(target, DetachKeys(), left.set)
        os.write(keyboard, b"bye\n\x10\x11never")
        await asyncio.wait_for(left.wait(), 10)
        typing.close()
        os.close(target)
        with os.fdopen(there, "rb") as file:
            return file.read()

    assert asyncio.run(play()) == b"bye\n"


def test_more_than_it_takes_at_once_waits_and_is_not_lost(keyboard: int) -> None:
    async def play() -> int:
        there, target = os.pipe()
        typing = Typing(target)
        sending = asyncio.to_thread(_send, keyboard)
        got = asyncio.to_thread(_receive, there)
        done = asyncio.gather(sending, got)
        _, count = await asyncio.wait_for(done, 20)
        typing.close()
        os.close(target)
        os.close(there)
        return count

    assert asyncio.run(play()) == 400_000


def _send(keyboard: int) -> None:
    for _ in range(40):
        os.write(keyboard, b"x" * 10_000)


def _receive(there: int) -> int:
    count = 0
    while count < 400_000:
        count += len(os.read(there, 3_000))
    return count
