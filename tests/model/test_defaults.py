"""What a record means where nothing was given: the Specification's defaults, and ours. One that changes changes what
files and stored states mean, so it is written down a second time (defaults.txt)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import longshore.flow
import longshore.health
import longshore.model
import longshore.plan
import longshore.state
from longshore.model.record import MISSING, default, fields, is_record

WRITTEN = Path(__file__).with_name("defaults.txt")


def said() -> Iterator[str]:
    """A line for each record that has defaults, of plain values; the time of an event is that of its making."""
    for package in (longshore.model, longshore.state, longshore.health, longshore.plan, longshore.flow):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for name, kind in vars(module).items():
                if isinstance(kind, type) and is_record(kind) and kind.__module__ == info.name:
                    given = [(field, default(kind, field)) for field in fields(kind) if field != "time"]
                    usual = [f"{field}={value!r}" for field, value in given if _is_plain(value)]
                    yield " ".join([f"{info.name.removeprefix('longshore.')}.{name}:", *usual])


def _is_plain(value: object) -> bool:
    if value is MISSING or (isinstance(value, Mapping) and value):
        return False
    text = repr(value)
    return " at 0x" not in text and " object" not in text


def test_defaults_are_those_that_are_written_down() -> None:
    assert list(said()) == WRITTEN.read_text().splitlines()
