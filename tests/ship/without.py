"""`shore` without one of its guards, to show that each of them matters:
python tests/ship/without.py GUARD [arguments of shore]"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from longshore.cli.entry import entry
from longshore.ship import caddyfile, carry, deploy, proxy
from longshore.ship.pins import Pins


def _without(text: str) -> None:
    lines = [line for line in caddyfile.UPSTREAM.splitlines(keepends=True) if text not in line]
    assert len(lines) < len(caddyfile.UPSTREAM.splitlines())
    caddyfile.UPSTREAM = "".join(lines)


def tcp_retries2() -> None:
    whole = proxy._entry

    def entry(*words: Any) -> dict[str, Any]:
        spec = whole(*words)
        del spec["TaskTemplate"]["ContainerSpec"]["Sysctls"]
        return spec

    proxy._entry = entry


def answer_within() -> None:
    _without("response_header_timeout")


def grace_period() -> None:
    assert "grace_period" in caddyfile.GLOBAL
    caddyfile.GLOBAL = caddyfile.GLOBAL.replace("\tgrace_period 15s\n", "")


def max_fails() -> None:
    _without("max_fails")


def image_everywhere() -> None:
    async def nothing(self: carry.Carrier) -> None:
        del self

    carry.Carrier.everywhere = nothing  # type: ignore[method-assign]


def kept_secrets() -> None:
    whole = deploy.kept_names
    deploy.kept_names = lambda releases, keep: (whole(releases, keep)[0], frozenset())


def volume_pin() -> None:
    deploy.pin = lambda *words: Pins({}, {})


GUARDS: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (tcp_retries2, answer_within, grace_period, max_fails, image_everywhere, kept_secrets, volume_pin)
}

if __name__ == "__main__":
    GUARDS[sys.argv.pop(1)]()
    entry()
