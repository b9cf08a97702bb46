"""Screens as people see them, from recorded events: wide, narrow, colourless, without Unicode; and in place."""

from __future__ import annotations

import fcntl
import io
import os
import re
import struct
import sys
import termios

import pytest

from longshore.cli.errors import lines_of
from longshore.model.errors import Place, ShoreError, ShoreErrors
from longshore.report.closing import header, needs_of, ready_line
from longshore.report.line import Span, cut, paint, width
from longshore.report.live import Foot
from longshore.report.progress import Progress
from longshore.report.reporter import LiveReporter, PlainReporter
from longshore.report.rows import notes_of, progress_lines
from longshore.report.terminal import Screen, look
from longshore.report.timeline import Lap, critical_path
from longshore.state.events import (
    BuildFinished,
    BuildStep,
    ContainerDied,
    ContainerHealth,
    ContainerStarted,
    Event,
    ImageFetching,
    OperationFinished,
    OperationStarted,
    OperationWaiting,
)
from longshore.state.observed import Published
from tests.cli.scenes import gallery

WIDE = Screen(live=True, width=100)
SERVICES = ("db", "backend", "frontend", "nginx")


def _event(kind: type[Event], service: str, time: float, **facts: object) -> Event:
    container = f"demo-{service}-1" if kind.kind.startswith("container") else ""
    return kind(service, container, time, **facts)


def _operation(kind: type[Event], what: str, service: str, time: float, **facts: object) -> Event:
    return kind(service, "", time, id=1, operation=what, target=f"{service}-1", **facts)


RECORDED = (
    _event(BuildFinished, "backend", 99.0, cached=False, changed="requirements.txt changed", seconds=2.1),
    _event(BuildFinished, "frontend", 99.0, cached=True),
    _operation(OperationStarted, "start", "db", 100.0),
    _event(ContainerStarted, "db", 100.02, runs="postgres 16.2", health="starting",
           ports=(Published("127.0.0.1", 5432, 5432),)),
    _operation(OperationWaiting, "start", "backend", 100.0, needs="db"),
    _event(ContainerHealth, "db", 100.09, status="healthy"),
    _operation(OperationStarted, "start", "backend", 100.09),
    _event(ContainerStarted, "backend", 100.1, runs="uvicorn", health="starting"),
    _operation(OperationWaiting, "start", "frontend", 100.0, needs="backend"),
    _event(ContainerHealth, "backend", 101.03, status="healthy"),
    _operation(OperationStarted, "start", "frontend", 101.03),
    _event(ContainerStarted, "frontend", 101.05, runs="vite 7.1", health="starting"),
    _event(ContainerHealth, "frontend", 101.2, status="starting", probe="http://localhost:5173"),
    _operation(OperationWaiting, "start", "nginx", 100.0, needs="frontend"),
)  # fmt: skip


def _progress(events: tuple[Event, ...] = RECORDED) -> Progress:
    stack = gallery().stack
    labels = {f"demo-{name}-1": name for name in SERVICES}
    progress = Progress(labels, SERVICES, frozenset(SERVICES[:3]), needs_of(stack))
    for event in events:
        progress.take(event)
    return progress


def _drawn(progress: Progress, screen: Screen, now: float = 101.33, **options: bool) -> str:
    lines = [*progress_lines(progress, screen, now, 2, **options), *notes_of(progress)]
    return "\n".join(paint(line, screen.colour).rstrip() for line in lines)


def test_wide() -> None:
    assert _drawn(_progress(), WIDE) == (
        "  ✓ db         postgres 16.2   healthy   0.09s   127.0.0.1:5432\n"
        "  ✓ backend    uvicorn         healthy   0.94s   waited 0.09s for db\n"
        "  ⠹ frontend   vite 7.1        starting  0.30s   probing http://localhost:5173\n"
        "  · nginx                      waiting           for frontend\n"
        "  built backend: requirements.txt changed (2.1 s); frontend: cached"
    )


def test_narrow_leaves_out_what_runs_and_cuts() -> None:
    drawn = _drawn(_progress(), Screen(live=True, width=44)).splitlines()[:4]
    assert drawn == [
        "  ✓ db         healthy   0.09s   127.0.0.1:…",
        "  ✓ backend    healthy   0.94s   waited 0.0…",
        "  ⠹ frontend   starting  0.30s   probing ht…",
        "  · nginx      waiting           for fronte…",
    ]
    assert all(width(line) <= 44 for line in drawn)


def test_without_unicode_the_state_alone_speaks() -> None:
    drawn = _drawn(_progress(), Screen(live=True, unicode=False, width=100))
    assert drawn.splitlines()[0] == "  db         postgres 16.2   healthy   0.09s   127.0.0.1:5432"
    assert drawn.isascii()


def test_colours_say_the_state() -> None:
    drawn = _drawn(_progress(), Screen(live=True, colour=True, width=100)).splitlines()
    assert "\x1b[32m✓ \x1b[0m" in drawn[0]
    assert "\x1b[33mstarting" in drawn[2]
    failed = _progress((*RECORDED, _event(ContainerDied, "frontend", 101.4, exit_code=1)))
    assert "\x1b[31m✗ " in _drawn(failed, Screen(live=True, colour=True, width=100)).splitlines()[2]


def test_what_has_not_begun_waits_for_what_it_needs() -> None:
    assert _drawn(_progress(RECORDED[2:3]), WIDE).splitlines() == [
        "  ⠹ db         starting  1.33s",
        "  · backend    waiting           for db",
        "  · frontend   waiting           for backend",
        "  · nginx      waiting           for frontend",
    ]
    assert _drawn(_progress(RECORDED[2:3]), WIDE, final=True).splitlines() == ["  ⠹ db   starting  1.33s"]


def test_a_download_shows_how_far_it_is() -> None:
    events = (_event(ImageFetching, "db", 100.0, what="postgres 16.2", done=12 << 20, total=34 << 20),)
    assert "postgres 16.2 12.0 MB of 34.0 MB, 35 %" in _drawn(_progress(events), WIDE)
    unknown = (_event(ImageFetching, "db", 100.0, what="base", done=3 << 20, total=0),)
    assert "base 3.0 MB" in _drawn(_progress(unknown), WIDE)


def test_a_build_shows_its_step() -> None:
    events = (_event(BuildStep, "backend", 100.0, number=3, total=12, instruction="RUN pip install -r r.txt"),)
    assert "building  1.33s   3/12 RUN pip install -r r.txt" in _drawn(_progress(events), WIDE)


def test_header_and_ready_line() -> None:
    progress = _progress(
        (
            *RECORDED,
            _event(ContainerHealth, "frontend", 101.33, status="healthy"),
            _operation(OperationStarted, "start", "nginx", 101.33),
            _event(ContainerStarted, "nginx", 101.35, runs="nginx 1.22"),
        )
    )
    line = ready_line(progress, needs_of(gallery().stack), 100.0, 101.35)
    assert paint(line, False) == ("ready in 1.35 s · critical path db 0.09 → backend 0.94 → frontend 0.30 → nginx 0.02")
    assert paint(header("native", "gallery", 4, "runs every service exactly"), False) == (
        "native · gallery · 4 services   (runs every service exactly)"
    )
    assert paint(header("docker", "x", 1, ""), False) == "docker · x · 1 service"


def test_the_critical_path_follows_the_last_to_be_ready() -> None:
    laps = {"a": Lap("a", 0, 3.0), "b": Lap("b", 0, 1.0), "c": Lap("c", 3.0, 4.0), "d": Lap("d", 1.0, 2.0)}
    needs = {"c": ("a", "b"), "d": ("b",)}
    assert critical_path(laps, needs, 0) == [("a", 3.0), ("c", 1.0)]
    assert critical_path({}, {}, 0) == []


def test_who_was_not_waited_for_is_no_part_of_the_critical_path() -> None:
    """`condition: service_started`: the web server was started long before its database was healthy."""
    laps = {"db": Lap("db", 0.1, 2.0), "web": Lap("web", 0.12, 3.0)}
    assert critical_path(laps, {"web": ("db",)}, 0) == [("web", 3.0)]


TWO_NEEDS = (
    _operation(OperationFinished, "build", "backend", 125.3),
    _operation(OperationStarted, "start", "db", 125.31),
    _operation(OperationStarted, "start", "frontend", 125.31),
    _operation(OperationWaiting, "start", "backend", 125.32, needs="db"),
    _operation(OperationWaiting, "start", "backend", 125.32, needs="frontend"),
    _event(ContainerHealth, "frontend", 125.4, status="healthy"),
    _event(ContainerHealth, "db", 125.57, status="healthy"),
    _operation(OperationStarted, "start", "backend", 125.57),
    _event(ContainerHealth, "backend", 126.9, status="healthy"),
)  # fmt: skip


def test_the_last_to_become_ready_was_waited_for() -> None:
    progress = _progress(TWO_NEEDS)
    assert (progress.rows["backend"].waited_for, round(progress.rows["backend"].waited, 2)) == ("db", 0.25)
    assert "for db, frontend" in _drawn(_progress(TWO_NEEDS[:5]), WIDE)
    assert "for db\n" in _drawn(_progress(TWO_NEEDS[:6]), WIDE)


def test_a_build_is_its_own_part_of_the_critical_path() -> None:
    line = ready_line(_progress(TWO_NEEDS), {"backend": ("db", "frontend")}, 100.0, 126.9)
    assert paint(line, False) == "ready in 26.9 s · critical path build backend 25.30 → db 0.27 → backend 1.33"


def test_a_missing_health_check_is_said_at_once_and_a_slow_one_after_a_while() -> None:
    def drawn(time: float, exit_code: int, output: str) -> str:
        failing = _event(ContainerHealth, "db", time, status="starting", exit_code=exit_code, output=output)
        return _drawn(_progress((_operation(OperationStarted, "start", "db", 100.0), failing)), WIDE)

    assert "health check: pg_isreadyy: not found" in drawn(100.1, 127, "/bin/sh: 1: pg_isreadyy: not found")
    assert "health check" not in drawn(100.1, 2, "localhost:5432 - no response")
    assert "health check: localhost:5432 - no response" in drawn(103.1, 2, "localhost:5432 - no response\n")
    assert "health check: exit code 1" in drawn(103.1, 1, "")


def test_a_late_word_of_what_is_taken_away_is_passed_over() -> None:
    progress = _progress(
        (
            _operation(OperationStarted, "stop", "db", 100.0),
            _event(ContainerStarted, "db", 99.0, health="healthy", ports=(Published("", 5432, 5432),)),
            _operation(OperationFinished, "stop", "db", 100.1),
        )
    )
    assert (progress.rows["db"].state, progress.rows["db"].ports) == ("stopped", [])


def test_what_was_ready_before_is_not_waited_for() -> None:
    progress = _progress(RECORDED[2:3])
    progress.ready = frozenset({"backend"})
    assert [line.split() for line in _drawn(progress, WIDE).splitlines()[1:]] == [
        ["·", "backend", "waiting", "for", "db"],
        ["·", "frontend"],
        ["·", "nginx", "waiting", "for", "frontend"],
    ]


def test_an_end_of_the_past_is_no_failure_of_this_start() -> None:
    died = _event(ContainerDied, "db", 99.0, exit_code=137, past=True)
    progress = _progress((_operation(OperationStarted, "start", "db", 100.0), died))
    assert progress.rows["db"].state == "starting"


def test_lines_name_all_that_is_waited_for() -> None:
    said = io.StringIO()
    plain = PlainReporter(_progress(()), Screen(), said)
    for name in ("db", "frontend"):
        everyone = ("db", "frontend")
        plain.take(_operation(OperationWaiting, "start", "backend", 125.32, needs=name, everyone=everyone))
    assert said.getvalue() == "backend: waiting for db, frontend\n"


def test_a_one_shot_is_over_when_its_work_is() -> None:
    said = io.StringIO()
    progress = _progress(())
    plain = PlainReporter(progress, Screen(), said)
    plain.take(_operation(OperationStarted, "start", "nginx", 100.0))
    plain.take(_event(ContainerStarted, "nginx", 100.02))
    plain.take(_event(ContainerDied, "nginx", 103.0, exit_code=0))
    assert said.getvalue().splitlines()[-1] == "nginx: completed after 3.00 s"
    assert progress.rows["nginx"].ended == 103.0


def test_lines_tell_of_a_failing_health_check_once_in_a_while() -> None:
    said = io.StringIO()
    plain = PlainReporter(_progress(()), Screen(), said)
    plain.take(_operation(OperationStarted, "start", "db", 100.0))
    for second in range(30):
        output = f"try {second}"
        plain.take(_event(ContainerHealth, "db", 100.0 + second, status="starting", exit_code=1, output=output))
    assert said.getvalue().splitlines() == [
        "db: starting",
        "db: health check: try 3",
        "db: health check: try 13",
        "db: health check: try 23",
    ]


class Terminal:
    """The few sequences that Foot uses, carried out on a screen of lines."""

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self.row = 0

    def write(self, text: str) -> None:
        for part in re.findall(r"\x1b\[\??[\d;]*[a-zA-Z]|\n|\r|[^\x1b\n\r]+", text):
            if part == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            elif up := re.fullmatch(r"\x1b\[(\d+)A", part):
                self.row -= int(up[1])
                assert self.row >= 0, "drew above the screen"
            elif part == "\x1b[J":
                self.lines[self.row :] = [""]
            elif not part.startswith("\x1b") and part != "\r":
                self.lines[self.row] += part

    def flush(self) -> None:
        pass

    @property
    def shown(self) -> list[str]:
        return self.lines[:-1] if self.lines[-1] == "" else self.lines


def test_the_foot_is_drawn_again_in_place() -> None:
    terminal = Terminal()
    foot = Foot(terminal, False)  # type: ignore[arg-type]
    foot.draw([(Span("db starting"),), (Span("web waiting"),)])
    foot.above("db | hello\n")
    foot.draw([(Span("db healthy"),), (Span("web starting"),)])
    assert terminal.shown == ["db | hello", "db healthy", "web starting"]
    foot.leave()
    foot.above("ready\n")
    foot.draw([(Span("again"),)])
    assert terminal.shown == ["db | hello", "db healthy", "web starting", "ready", "again"]


async def test_live_leaves_the_last_state_and_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    progress = _progress(())
    live = LiveReporter(progress, WIDE, terminal, clock=lambda: 101.33)  # type: ignore[arg-type]
    live.say([header("native", "demo", 4, "")])
    for event in RECORDED:
        live.take(event)
    live.close()
    live.take(_event(ContainerDied, "db", 102.0, exit_code=1))
    live.say([(), (Span("ready"),)])
    assert terminal.shown[0] == "native · demo · 4 services"
    assert terminal.shown[1].startswith("  ✓ db")
    assert terminal.shown[-2:] == ["", "ready"]
    assert len(terminal.shown) == 8


async def test_what_a_command_prints_stands_above_the_rows_while_they_are_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On one terminal; what goes to a file is written there."""
    terminal = Terminal()
    live = LiveReporter(_progress(RECORDED), WIDE, terminal, clock=lambda: 101.33)  # type: ignore[arg-type]
    live.text("to a file")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    live.text("one")
    live.text("two")
    live.close()
    live.text("afterwards")
    assert terminal.shown[:2] == ["one", "two"]
    assert terminal.shown[2].startswith("  ✓ db")
    assert capsys.readouterr().out == "to a file\nafterwards\n"


async def test_the_next_frame_fits_the_terminal_as_it_is_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its own terminal, not of standard output, which may be a file."""
    for name in ("COLUMNS", "LINES"):  # what they say goes first
        monkeypatch.delenv(name, raising=False)
    outer, inner = os.openpty()
    try:
        with open(inner, "w") as stream:
            _resize(outer, 20, 80)
            live = LiveReporter(_progress(RECORDED), WIDE, stream, clock=lambda: 101.33)
            assert max(sum(width(span.text) for span in line) for line in live._lines()) > 40
            _resize(outer, 10, 30)
            assert {sum(width(span.text) for span in line) for line in live._lines()} == {30}
            _resize(outer, 3, 30)
            assert len(live._lines()) == 2
    finally:
        os.close(outer)


def _resize(terminal: int, lines: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def test_what_was_on_its_way_is_told_when_it_is_ready() -> None:
    """The database was started by an earlier command; "starting" was said, so must its end be."""
    said = io.StringIO()
    plain = PlainReporter(_progress(()), Screen(), said)
    plain.take(_event(ContainerStarted, "db", 100.0, health="starting"))
    plain.take(_event(ContainerHealth, "db", 101.0, status="healthy"))
    plain.take(_event(ContainerStarted, "backend", 101.0, health="healthy"))
    assert said.getvalue() == "db: starting\ndb: healthy\n"


async def test_more_services_than_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", "6")
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    names = tuple(f"s{n}" for n in range(40))
    progress = Progress({f"demo-{n}-1": n for n in names}, names)
    live = LiveReporter(progress, Screen(live=True, width=80), terminal, clock=lambda: 1.0)  # type: ignore[arg-type]
    for name in names:
        live.take(_operation(OperationStarted, "start", name, 0.0))
    live._draw()
    assert len(terminal.shown) == 5
    assert terminal.shown[-1] == "  … 36 more"
    live.close()
    assert len(terminal.shown) == 40


@pytest.mark.parametrize(("lines", "shown"), [(5, 4), (6, 5), (7, 5)])
async def test_a_line_is_left_for_what_is_typed(monkeypatch: pytest.MonkeyPatch, lines: int, shown: int) -> None:
    """Five rows fit from six lines on: on a terminal of five the first would scroll away."""
    monkeypatch.setenv("LINES", str(lines))
    monkeypatch.setenv("COLUMNS", "80")
    terminal, names = Terminal(), tuple(f"s{n}" for n in range(5))
    progress = Progress({f"demo-{n}-1": n for n in names}, names)
    live = LiveReporter(progress, Screen(live=True, width=80), terminal, clock=lambda: 1.0)  # type: ignore[arg-type]
    for name in names:
        live.take(_operation(OperationStarted, "start", name, 0.0))
    live._draw()
    assert len(terminal.shown) == shown
    assert ("more" in terminal.shown[-1]) is (lines == 5)
    live.close()


def test_errors_say_where_what_and_what_to_do() -> None:
    error = ShoreError(
        'services.api.depends_on.db.condition: "healthy" is not a condition',
        place=Place("compose.yaml", 14, 5),
        hint="one of service_started, service_healthy; did you mean service_healthy?",
    )
    assert [text for text, _ in lines_of(error)] == [
        '✗ compose.yaml:14:5: services.api.depends_on.db.condition: "healthy" is not a condition',
        "  one of service_started, service_healthy; did you mean service_healthy?",
    ]
    both = ShoreErrors((error, ShoreError("port 80 is taken", details=("by nginx",))))
    assert [text for text, _ in lines_of(both)][2:] == ["✗ port 80 is taken", "    │ by nginx"]


def test_long_errors_are_wrapped_under_their_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from longshore.cli import errors

    monkeypatch.setattr("longshore.report.terminal.look", lambda stream: Screen(live=True, width=40))
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    errors.report(ShoreError("a line that is a good deal longer than forty columns", hint="hint: " + "word " * 12))
    assert stream.getvalue().splitlines() == [
        "✗ a line that is a good deal longer than",
        "  forty columns",
        "  hint: word word word word word word",
        "        word word word word word word",
    ]
    stream.truncate(0)
    stream.seek(0)
    errors.report(ShoreError(f"see {'x' * 50} and these-words-hang-together-here", details=("y" * 60,)))
    assert stream.getvalue().splitlines() == [
        "✗ see", f"  {'x' * 50}", "  and these-words-hang-together-here", f"    │ {'y' * 60}",
    ], "names and output are not broken"  # fmt: skip


def test_widths_count_columns_not_characters() -> None:
    assert (width("abc"), width("日本"), width("e\u0301"), width("✓")) == (3, 4, 1, 1)
    assert paint(cut((Span("日本語"), Span(" x")), 5), False) == "日本…"
    assert paint(cut((Span("short"),), 80), False) == "short"


class _Stream(io.StringIO):
    encoding = "utf-8"

    def __init__(self, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("tty", "ansi", "environ", "live", "colour"),
    [
        (True, "auto", {}, True, True),
        (True, "auto", {"NO_COLOR": "1"}, True, False),
        (True, "auto", {"TERM": "dumb"}, False, False),
        (True, "never", {}, False, False),
        (True, "auto", {"COMPOSE_ANSI": "never"}, False, False),
        (False, "auto", {}, False, False),
        (False, "always", {}, False, True),
    ],
)
def test_what_a_stream_can_show(tty: bool, ansi: str, environ: dict[str, str], live: bool, colour: bool) -> None:
    screen = look(_Stream(tty), ansi, environ)
    assert (screen.live, screen.colour) == (live, colour)
