"""The stand-in of Telegram, as far as the bot relies on it."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType


def stand_in() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "stand-in/telegram.py"
    spec = importlib.util.spec_from_file_location("telegram_stand_in", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_new_run_gives_no_id_a_second_time() -> None:
    """The database keeps a message once by its id: one that comes again would not be answered."""
    telegram = stand_in()
    before = telegram.Telegram()
    old = [before.write(7, "Hello", "Ada")["message_id"] for _ in range(3)]
    time.sleep(0.01)
    after = telegram.Telegram()
    assert after.write(7, "Hello", "Ada")["message_id"] > max(old)
    assert after.updates[0]["update_id"] > before.updates[-1]["update_id"]
