"""Runs one scenario in a process of its own: `python runner.py MODULE SCENARIO`. Needs nothing but longshore."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

if __name__ == "__main__":
    scenario = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
    asyncio.run(asyncio.wait_for(scenario(), 120))
    print("held")
