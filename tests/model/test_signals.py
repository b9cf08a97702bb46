"""Signals by name, as Docker reads them (moby/sys/signal)."""

from __future__ import annotations

import pytest

from longshore.model.signals import real_time, signal_name


@pytest.mark.parametrize(("text", "name"), [("term", "SIGTERM"), ("SIGTERM", "SIGTERM"), ("sigUsr1", "SIGUSR1")])
def test_names(text: str, name: str) -> None:
    assert signal_name(text) == name


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("SIGRTMIN", 34), ("SIGRTMIN+1", 35), ("SIGRTMIN+15", 49), ("SIGRTMIN+16", None),
        ("SIGRTMAX", 64), ("SIGRTMAX-1", 63), ("SIGRTMAX-14", 50), ("SIGRTMAX-15", None),
        ("SIGTERM", None), ("SIGRTMIN-1", None), ("SIGRTMAX+1", None), ("xSIGRTMIN", None),
    ],
)  # fmt: skip
def test_real_time(name: str, number: int | None) -> None:
    assert real_time(name) == number
