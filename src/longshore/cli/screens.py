"""What a command line shows of a flow: rows that are redrawn or lines, and the last words of `up`."""

from __future__ import annotations

import time
from collections.abc import Iterable

from longshore.cli.arguments import Args
from longshore.cli.display import open_reporter, screen_of
from longshore.flow.audience import Audience, Scene
from longshore.flow.shortnames import short_names
from longshore.plan.orphans import orphan_note
from longshore.report.closing import closing, header, needs_of, ready_line
from longshore.report.line import Line, Span
from longshore.report.loglines import LogPrinter
from longshore.report.reporter import Reporter
from longshore.state.events import Event, LogLine
from longshore.state.observed import Observed

__all__ = ["QUIET_BUILD", "QUIET_PULL", "Screens", "UpScreens"]

QUIET_BUILD = frozenset({"build.output", "build.step"})
QUIET_PULL = frozenset({"image.fetching"})
"""Kinds of events that --quiet-build and --quiet-pull leave out."""


class Screens(Audience):
    """One row a container, by --progress and --ansi. Events of the `hushed` kinds are not shown; with `mode` in place
    of --progress."""

    report: Reporter | None = None

    def __init__(self, args: Args, *, hushed: frozenset[str] = frozenset(), mode: str = "") -> None:
        self.args, self._hushed, self._mode = args, hushed, mode

    def begins(self, scene: Scene) -> None:
        self.report = open_reporter(
            self.args, scene.stack, scene.observed, services=scene.services, scale=scene.scale, mode=self._mode
        )

    def take(self, event: Event) -> None:
        if self.report and event.kind not in self._hushed:
            self.report.take(event)

    def settles(self, observed: Observed) -> None:
        if self.report:
            self.report.progress.settle(observed.containers, time.time())

    def closes(self) -> None:
        """Leave the last state of the rows on the screen."""
        if self.report:
            self.report.close()

    def detached(self, container: str) -> None:
        print(container, flush=True)

    def say(self, lines: Iterable[Line]) -> None:
        """Lines below what is there."""
        if self.report:
            self.report.say(lines)


class UpScreens(Screens):
    """The screens of `up`: which engine runs what and why, the rows, how long it took since `began` (seconds since the
    epoch) and where it answers; then, when it stays, the logs."""

    def __init__(self, args: Args, hint: str, began: float, *, hushed: frozenset[str] = frozenset()) -> None:
        super().__init__(args, hushed=hushed)
        self._hint, self._began = hint, began
        self._scene: Scene | None = None
        self._printer: LogPrinter | None = None

    def begins(self, scene: Scene) -> None:
        super().begins(scene)
        if not scene.engine:
            return
        self._scene = scene
        self._began += scene.waited  # what another command took is no part of how long this one takes
        count = len(scene.services or ())
        self.say([header(scene.engine, scene.stack.name if scene.stack else "", count, scene.reason)])
        self.say(_remarks(scene))

    def ready(self, observed: Observed) -> None:
        assert self.report
        assert self._scene
        progress = self.report.progress
        if any(row.began for row in progress.rows.values()):
            needs = needs_of(self._scene.stack) if self._scene.stack else {}
            line = ready_line(progress, needs, self._began, time.time())
        else:
            line = (Span("up to date: "), Span(", ".join(progress.order), "bold"))
        names = {row.service for row in progress.rows.values()}
        shown = [c for c in observed.containers if c.state == "running" and c.service in names and not c.oneoff]
        self.say([(), line, *closing(shown, self._hint)])

    def line(self, line: LogLine) -> None:
        assert self.report
        self.report.text(self._log_printer().line(line))

    def ended(self, container: str, exit_code: int) -> None:
        assert self.report
        self.report.text(f"{container} exited with code {exit_code}")

    def stops(self, scene: Scene) -> None:
        super().begins(scene)
        self.say([(), (Span("stopping; Ctrl-C once more kills", "dim"),)])

    def _log_printer(self) -> LogPrinter:
        if self._printer is None:
            assert self._scene
            scene, out = self._scene, screen_of(self.args, out=True)
            self._printer = LogPrinter(
                short_names(scene.stack, scene.observed, scene.scale),
                scene.stack.services if scene.stack else (),
                colour=out.colour,
                prefix=not self.args.no_log_prefix,
                timestamps=self.args.timestamps,
                unicode=out.unicode,
            )
        return self._printer


def _remarks(scene: Scene) -> Iterable[Line]:
    """What people must hear before anything starts: what happened since, and what will not be as written."""
    for note in scene.observed.notes:
        yield (Span(f"  note: {note}", "waiting"),)
    for line in scene.images:
        yield (Span(f"  {line.service}: ", "dim"), Span(line.text, "dim"))
    for line in scene.deviations:
        yield (Span(f"  {line.service}: ", "waiting"), Span(f"{line.subject}: {line.text}"))
    if scene.orphans:
        yield (Span(f"  {orphan_note(scene.orphans)}", "waiting"),)
