"""Runs a command's coroutine. Commands import nothing heavy at their top, so that `-h` and completion stay fast."""

from __future__ import annotations

import os
from collections.abc import Coroutine
from typing import Any

from longshore.cli.prestart import load_asyncio

__all__ = ["finish"]


def finish(command: Coroutine[Any, Any, int]) -> int:
    """Run the coroutine to its end; its exit code."""
    load_asyncio(os.environ)
    import asyncio

    return asyncio.run(command)
