"""What a builder prints as events: BuildKit's plain progress ("#5 [2/4] RUN …", "#5 CACHED", "#5 0.21 output") and
Podman's ("[1/2] STEP 2/4: RUN …", "--> Using cache …", output). Pure but for `emit`."""

from __future__ import annotations

import re
from collections import deque

from longshore.model.record import record
from longshore.state.events import BuildOutput, BuildStep, Emit

__all__ = ["BuildLog", "PodmanLog"]

TAIL = 15
_LINE = re.compile(r"^#(\d+) (.*)$")
_STEP = re.compile(r"^\[(?:(?P<stage>[^\]]*?) )?(?P<number>\d+)/(?P<total>\d+)\] (?P<what>.*)$")
_OUTPUT = re.compile(r"^\d+\.\d+ ?(.*)$")
_PODMAN_STEP = re.compile(r"^(?:\[(?P<stage>\d+)/\d+\] )?STEP (?P<number>\d+)/(?P<total>\d+): (?P<what>.*)$")
_PODMAN_OVER = re.compile(r"^(?:(?:\[\d+/\d+\] )?COMMIT\b|--> |Successfully tagged |[0-9a-f]{64}$)")
_ENDED = re.compile(r"^(DONE|CANCELED|ERROR)\b")


@record(frozen=False)
class _Step:
    number: int
    total: int
    what: str
    told: bool = False


class BuildLog:
    """Feed it the lines. `tail` holds the last of them, `failed` the failing step, `all_cached` whether nothing ran."""

    def __init__(self, service: str, emit: Emit) -> None:
        self._service, self._emit = service, emit
        self._steps: dict[str, _Step] = {}
        self.tail: deque[str] = deque(maxlen=TAIL)
        self.failed = ""
        self.changed = ""
        self.all_cached = True

    def take(self, line: str) -> None:
        match = _LINE.match(line)
        if not match:
            if line.strip("- ") and not line.startswith(" > "):
                self.tail.append(line)
            return
        step, text = self._steps.get(match[1]), match[2]
        begun = _STEP.match(text)
        if begun and step is None:
            what = f"{begun['stage']}: {begun['what']}" if begun["stage"] else begun["what"]
            self._steps[match[1]] = _Step(int(begun["number"]), int(begun["total"]), what)
        elif step is not None:
            self._of_step(step, text)

    def _of_step(self, step: _Step, text: str) -> None:
        output = _OUTPUT.match(text)
        if text == "CACHED":
            self._tell(step, cached=True)
        elif output:
            self._tell(step, cached=False)
            self.tail.append(output[1])
            self._emit(BuildOutput(self._service, line=output[1]))
        elif _ENDED.match(text):
            self._tell(step, cached=False)
            if text.startswith("ERROR"):
                self.failed = f"step {step.number}/{step.total}: {step.what}"

    def _tell(self, step: _Step, *, cached: bool) -> None:
        if step.told:
            return
        step.told = True
        base = "FROM " in f"{step.what} " and step.number == 1
        if not cached and not base:
            self.all_cached = False
            self.changed = self.changed or step.what
        self._emit(BuildStep(self._service, number=step.number, total=step.total, instruction=step.what, cached=cached))


class PodmanLog(BuildLog):
    """As BuildLog, for what `podman build` prints: one step after another."""

    _current: _Step | None = None

    def take(self, line: str) -> None:
        step = _PODMAN_STEP.match(line)
        if step:
            self._over(cached=False)
            self._current = _Step(int(step["number"]), int(step["total"]), step["what"])
        elif line.startswith("--> Using cache"):
            self._over(cached=True)
        elif _PODMAN_OVER.match(line):
            self._over(cached=False)
        elif line.startswith("Error: ") and self._current:
            self.failed = f"step {self._current.number}/{self._current.total}: {self._current.what}"
            self.tail.append(line)
        elif line.strip():
            self.tail.append(line)
            if self._current:
                self._tell(self._current, cached=False)
                self._emit(BuildOutput(self._service, line=line))

    def _over(self, *, cached: bool) -> None:
        if self._current:
            self._tell(self._current, cached=cached)
            self._current = None
