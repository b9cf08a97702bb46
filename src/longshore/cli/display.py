"""How this command shows what it does: the reporter for --progress and --ansi on stderr, tables on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping

from longshore.cli.arguments import Args
from longshore.flow.shortnames import short_names
from longshore.model.service import EMPTY
from longshore.model.stack import Stack
from longshore.report.closing import needs_of
from longshore.report.line import Line, Span, columns, paint
from longshore.report.progress import Progress
from longshore.report.reporter import Reporter, reporter
from longshore.report.terminal import Screen, look
from longshore.state.observed import Observed

__all__ = ["open_reporter", "print_table", "screen_of"]


def screen_of(args: Args, *, out: bool = False) -> Screen:
    """What stderr (or, with `out`, stdout) can show under --ansi and --no-color."""
    ansi = "never" if getattr(args, "no_color", False) else args.ansi or "auto"
    return look(sys.stdout if out else sys.stderr, ansi)


def print_table(args: Args, head: Iterable[str], rows: Iterable[Line]) -> None:
    """Print rows under their headings, as stdout can show them."""
    screen = screen_of(args, out=True)
    lines = columns([tuple(Span(word, "dim") for word in head), *rows])
    print("".join(paint(line, screen.colour) + "\n" for line in lines), end="")


def ready_of(observed: Observed) -> frozenset[str]:
    """The services of which every container runs and is not known to be unready."""
    states: dict[str, list[bool]] = {}
    for one in observed.containers:
        if not one.oneoff:
            states.setdefault(one.service, []).append(one.state == "running" and one.health in ("", "healthy"))
    return frozenset(name for name, ready in states.items() if all(ready))


def open_reporter(
    args: Args,
    stack: Stack | None,
    observed: Observed,
    *,
    services: Iterable[str] | None = None,
    scale: Mapping[str, int] = EMPTY,
    mode: str = "",
) -> Reporter:
    """A reporter with one row a container of `services` (all when None), in the order of the file. What the stack's
    other services do meanwhile is not this command's. `mode` in place of --progress."""
    labels = short_names(stack, observed, scale)
    checked = {s.name for s in stack.services.values() if s.healthcheck and s.healthcheck.active} if stack else set()
    wanted = None if services is None else set(services)
    others = {*stack.services, *stack.disabled} - wanted if stack and wanted is not None else set()
    order = tuple(label for label in labels.values() if wanted is None or _service(label, wanted))
    mode = mode or args.progress or os.environ.get("COMPOSE_PROGRESS", "auto")
    labels = {name: label for name, label in labels.items() if label in order or not _service(label, others)}
    progress = Progress(labels, order, frozenset(checked), needs_of(stack) if stack else {}, ready_of(observed))
    return reporter(mode, progress, screen_of(args), sys.stderr)


def _service(label: str, wanted: set[str]) -> bool:
    return label in wanted or label.rpartition("-")[0] in wanted
