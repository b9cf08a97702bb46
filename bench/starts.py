"""What the measurements of a warm start share: one turn by hand and by shore, and the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.machine import median, table, timed, whom

__all__ = ["BAR", "Times", "write"]

BAR = 1.25


class ByHand(Protocol):
    """A stack as bare processes, prepared."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class Times:
    """Seconds of each start by hand, of each by shore, and of each `up` that finds everything running."""

    by_hand: list[float] = field(default_factory=list)
    by_shore: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)

    def take(self, bare: ByHand, up: Callable[[], object], again: Callable[[], object]) -> None:
        """One turn; the stack by shore is left running."""
        try:
            self.by_hand.append(timed(bare.start))
        finally:
            bare.stop()
        self.by_shore.append(timed(up))
        self.again.append(timed(again))


def write(name: str, title: str, times: Times, again_bar: str = "", beside: Sequence[Sequence[str]] = ()) -> None:
    """The ratio is that of each pair, and of these the median. `beside` are further rows of the table."""
    ratio = median([shore / hand for shore, hand in zip(times.by_shore, times.by_hand, strict=True)])
    short, long = whom()
    table(
        f"{name}-{short}",
        f"{title}, as {long}",
        ["what", f"median of {len(times.by_shore)}", "against bare processes", "bar"],
        [
            ["bare processes, readiness asked every 5 ms", f"{median(times.by_hand):.2f} s", "1", ""],
            ["shore up -d --wait", f"{median(times.by_shore):.2f} s", f"{ratio:.2f}", f"{BAR}"],
            ["shore up -d on the running stack", f"{median(times.again):.2f} s", "", again_bar],
            *beside,
        ],
    )
