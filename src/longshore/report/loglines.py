"""Log lines of several services as one stream: aligned prefixes, one steady colour a service. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from longshore.report.line import Span, pad, paint, width
from longshore.state.events import LogLine

__all__ = ["LogPrinter", "rfc3339"]

COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")
"""SGR of the services in the order of the file: cyan, yellow, green, magenta, blue, then the bright ones. Red is for
what failed."""


class LogPrinter:
    """`line` gives what to write for one log line. `labels` gives each container's prefix by its full name; the colours
    follow `services`, the file's order, so that a service has the same one whichever services are shown."""

    def __init__(
        self,
        labels: dict[str, str],
        services: Iterable[str],
        *,
        colour: bool = False,
        prefix: bool = True,
        timestamps: bool = False,
        unicode: bool = True,
    ) -> None:
        self.labels, self._colour, self._prefix, self._timestamps = labels, colour, prefix, timestamps
        self._bar = "│" if unicode else "|"
        self._width = max((width(label) for label in labels.values()), default=0)
        self._colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(services)}

    def line(self, line: LogLine) -> str:
        head = ""
        if self._prefix:
            label = self.labels.get(line.container, line.service)
            colour = self._colours.get(line.service, COLOURS[0])
            head = paint((Span(f"{pad(label, self._width)} {self._bar}", colour),), self._colour) + " "
        stamp = f"{rfc3339(line.time)} " if self._timestamps else ""
        return f"{head}{stamp}{line.text}"


def rfc3339(time: float) -> str:
    """UTC with microseconds, as engines stamp their logs."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
