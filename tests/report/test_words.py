"""Ages, events and log lines as people read them; who shows progress."""

from __future__ import annotations

import io

import pytest

from longshore.report.containers import _long_age
from longshore.report.eventlines import event_line
from longshore.report.loglines import LogPrinter
from longshore.report.progress import Progress
from longshore.report.reporter import LiveReporter, reporter
from longshore.report.terminal import Screen
from longshore.state.events import ContainerDied, ContainerStopped, LogLine

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (120, "2 minutes"),
        (HOUR - 1, "59 minutes"), (HOUR, "About an hour"), (2 * HOUR, "2 hours"), (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"), (13 * DAY, "13 days"), (14 * DAY, "2 weeks"), (59 * DAY, "8 weeks"),
        (60 * DAY, "2 months"), (729 * DAY, "24 months"), (730 * DAY, "2 years"),
    ],
)  # fmt: skip
def test_ages_in_dockers_words(seconds: float, text: str) -> None:
    assert _long_age(seconds) == text


def test_an_event_tells_what_there_is_to_say() -> None:
    stopped = ContainerStopped(service="web", container="shop-web-1", time=0.0)
    assert event_line(stopped) == "1970-01-01T00:00:00.000000Z  container.stopped     shop-web-1  exit_code=0"
    died = ContainerDied(service="web", container="shop-web-1", time=0.0, exit_code=3)
    assert event_line(died).endswith("exit_code=3")


def test_log_lines_on_a_terminal_without_unicode() -> None:
    line = LogLine("web", "shop-web-1", "hello", 0.0)
    names = {"shop-web-1": "web", "shop-worker-1": "worker"}
    assert LogPrinter(names, ("web",)).line(line) == "web    │ hello"
    assert LogPrinter(names, ("web",), unicode=False).line(line) == "web    | hello"
    assert LogPrinter(names, ("web",), prefix=False, timestamps=True).line(line) == "1970-01-01T00:00:00.000000Z hello"


@pytest.mark.parametrize(
    ("mode", "live", "draws"),
    [("auto", True, True), ("", True, True), ("auto", False, False), ("plain", True, False), ("tty", False, True)],
)
def test_progress_is_drawn_in_place_where_that_is_asked_or_can_be(mode: str, live: bool, draws: bool) -> None:
    made = reporter(mode, Progress({}, ()), Screen(live=live), io.StringIO())
    assert isinstance(made, LiveReporter) is draws
