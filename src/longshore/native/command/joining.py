"""`attach`: this process's own streams joined to those of a container that runs already, until one of them ends."""

from __future__ import annotations

import base64
import os
from contextlib import nullcontext

from longshore.engine.ownterminal import raw_terminal
from longshore.model.detachkeys import DetachKeys
from longshore.native.command.client import AgentClient
from longshore.native.command.terminal import window_size, write_all
from longshore.native.command.typed import Typing
from longshore.native.shared.requests import Join

__all__ = ["attach"]


async def attach(agent: AgentClient, container: str, *, tty: bool, stdin: bool, detach_keys: str) -> None:
    """Without `stdin` nothing that comes here goes on. On a terminal `detach_keys` leave the container running. Raises
    ShoreError."""
    keys = DetachKeys(detach_keys) if tty else None
    result, items = await agent.begin(Join(container))
    first = await items.get()
    if first is None:
        await result
        return
    target = first[1][0] if first[1] else -1
    left = False

    def leave() -> None:
        nonlocal left
        left = True
        items.put_nowait(None)

    typing = Typing(target, keys, leave) if stdin and target >= 0 else None
    try:
        with raw_terminal(tty and typing is not None), window_size(target) if tty and target >= 0 else nullcontext():
            while (item := await items.get()) is not None:
                stream, data = item[0]
                write_all(2 if stream == "e" else 1, base64.b64decode(data))
    finally:
        if typing:
            typing.close()
        if target >= 0:
            os.close(target)
    if left:
        result.cancel()
    else:
        await result
