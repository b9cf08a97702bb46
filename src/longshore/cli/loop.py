"""Runs a command's coroutine. Commands import nothing heavy at their top, so that `-h` and completion stay fast."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

__all__ = ["finish"]


def finish(command: Coroutine[Any, Any, int]) -> int:
    """Run the coroutine to its end; its exit code."""
    import os

    from longshore.cli.prestart import load_asyncio

    load_asyncio(os.environ)
    import asyncio

    return asyncio.run(command)
