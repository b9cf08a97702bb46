"""A start and a stack as drawings (SVG, styled by the page's style sheet): for a desk and for a phone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from longshore.model.record import record
from longshore.report.timeline import Lap as Stretch
from longshore.report.timeline import critical_path
from longshore.report.times import address, prose
from longshore.verify.portrait import Lap, Node, Portrait, Wire

__all__ = ["path_of", "startup", "topology"]

WIDE, NARROW = 940, 340
CHARACTER = 7.0
"""Average width of a character at 13 px, with room to spare."""
COLOURS = 6


def path_of(portrait: Portrait) -> list[tuple[str, float]]:
    """The chain of services that made the start as long as it was, each with its own seconds."""
    laps = {lap.service: Stretch(lap.service, lap.began, lap.ready) for lap in portrait.laps}
    needs = {node.name: node.needs for node in portrait.nodes}
    first = min((lap.began for lap in portrait.laps), default=0.0)
    return critical_path(laps, needs, first)


def startup(portrait: Portrait, *, narrow: bool) -> str:
    """A bar for each service, from its start until others could use it. "" where no start was seen."""
    if not portrait.laps:
        return ""
    path = {name for name, _ in path_of(portrait)}
    first = min(lap.began for lap in portrait.laps)
    end = max(max(lap.ready for lap in portrait.laps) - first, 0.01)
    scale = _Scale(NARROW if narrow else WIDE, 0 if narrow else 170, end)
    step = 46 if narrow else 36
    bottom = step * len(portrait.laps) + 6
    parts: list[str] = []
    for tick in _ticks(end):
        x = scale.x(tick)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{bottom}"/>')
        anchor = "start" if tick == 0 else "middle"
        parts.append(f'<text class="soft" x="{x:.1f}" y="{bottom + 17}" text-anchor="{anchor}">{tick:g} s</text>')
    for number, lap in enumerate(portrait.laps):
        parts += _bar(lap, first, scale, number * step, narrow=narrow, off=lap.service not in path)
    title = f"Start-up of {len(portrait.laps)} services, ready after {prose(end)}"
    told = "; ".join(f"{lap.service} {lap.how} after {prose(lap.ready - first)}" for lap in portrait.laps)
    return _svg("startup", title, told, scale.width, bottom + 24, parts, narrow=narrow)


@record
class _Scale:
    """Seconds on a line of `width` pixels, of which `left` are for names and a strip at the right for figures."""

    width: int
    left: int
    end: float

    def x(self, seconds: float) -> float:
        return self.left + seconds / self.end * (self.width - self.left - 76)


def _bar(lap: Lap, first: float, scale: _Scale, y: int, *, narrow: bool, off: bool) -> Iterator[str]:
    began, ready = scale.x(lap.began - first), scale.x(lap.ready - first)
    length = max(ready - began, 3.0)
    top = y + (24 if narrow else 9)
    middle = top + 9
    style = "lap failed" if lap.how.startswith("ended") and lap.how != "ended with 0" else "lap"
    name = _cut(lap.service, 300 if narrow else scale.left - 12)
    yield f'<text class="name" x="0" y="{y + 16 if narrow else middle + 5}">{name}</text>'
    if began - scale.left > 1:
        yield f'<line class="wait-for" x1="{scale.left}" y1="{middle}" x2="{began:.1f}" y2="{middle}"/>'
    shape = f'x="{began:.1f}" y="{top}" width="{length:.1f}" height="18" rx="4"'
    yield f'<rect class="{style}{" off" if off else ""}" {shape}/>'
    yield f'<text class="soft" x="{began + length + 6:.1f}" y="{middle + 4}">{prose(lap.ready - first)}</text>'


def _ticks(end: float) -> list[float]:
    """Four to eight round times from 0 on."""
    steps = (base * 10.0**power for power in range(-3, 5) for base in (1, 2, 5))
    step = next(step for step in steps if end / step <= 6)
    return [round(number * step, 6) for number in range(int(end / step + 1e-9) + 1)]


def topology(portrait: Portrait, *, narrow: bool) -> str:
    """Services as boxes, networks as lines that they hang on, published ports and volumes beside them. What others
    start after stands lower."""
    if not portrait.nodes:
        return ""
    nodes = _ordered(portrait.nodes)
    layout = _Layout(
        NARROW if narrow else WIDE,
        0 if narrow else 208,
        _bus_room(portrait.networks, narrow=narrow),
        len(portrait.networks),
    )
    wires = {wire.name: number for number, wire in enumerate(portrait.networks)}
    top = 20 * len(wires) + (14 if wires else 0)
    y = float(top)
    parts: list[str] = []
    ends: dict[str, float] = {}
    for node in nodes:
        lines = _lines(node, narrow=narrow)
        height = 22.0 + 19 * len(lines)
        if not narrow:
            height = max(height, 8 + 30.0 * max(len(node.ports), 1), 30 + 30.0 * len(node.volumes))
        parts += _box(node.name, lines, layout, y, height)
        if not narrow:
            parts += _ports(node, layout, y, height)
            parts += _volumes(node, layout, y, height)
        for place, name in enumerate(name for name in wires if name in node.networks):
            at = y + 14 + 11 * place
            x = layout.bus(wires[name])
            colour = wires[name] % COLOURS
            parts.append(f'<path class="wire w{colour}" d="M{layout.right:.0f} {at:.0f}H{x:.0f}"/>')
            parts.append(f'<circle class="d{colour}" cx="{x:.0f}" cy="{at:.0f}" r="5"/>')
            ends[name] = at
        y += height + 16
    buses = [part for wire in portrait.networks for part in _bus(wire, wires[wire.name], layout, ends)]
    title = f"Topology: {len(nodes)} services, {len(wires)} networks"
    return _svg("topology", title, "; ".join(map(_told, nodes)), layout.width, y - 4, [*buses, *parts], narrow=narrow)


@record
class _Layout:
    """Where columns lie: ports up to `left`, the box from there to `right`, volumes, and the lines of networks."""

    width: int
    left: int
    room: int
    wires: int

    @property
    def right(self) -> float:
        return self.width - self.room - 8 if self.left == 0 else self.left + 270.0

    def bus(self, number: int) -> float:
        return self.width - self.room + 12 + (18 if self.left == 0 else 30) * number


def _bus_room(networks: Sequence[Wire], *, narrow: bool) -> int:
    """Pixels for the lines of networks, and for the name of the last."""
    if narrow:
        return 26 + 18 * len(networks)
    last = max((_width(_label(wire)) - 30 * (len(networks) - n) for n, wire in enumerate(networks)), default=0)
    return 30 * len(networks) + max(24, int(last) + 24)


def _ordered(nodes: Sequence[Node]) -> list[Node]:
    """Those that start last come first; of equals as in the file."""
    needs = {node.name: [name for name in node.needs if any(one.name == name for one in nodes)] for node in nodes}
    depths: dict[str, int] = {}

    def depth(name: str, above: tuple[str, ...] = ()) -> int:
        if name not in depths:
            found = [depth(one, (*above, name)) for one in needs[name] if one not in above]
            depths[name] = 1 + max(found, default=0)
        return depths[name]

    return sorted(nodes, key=lambda node: -depth(node.name))


def _lines(node: Node, *, narrow: bool) -> list[str]:
    found = [node.runs] if node.runs else []
    if narrow:
        found += [f"⇢ {address(port)}" for port in node.ports]
        found += [f"▤ {volume}" for volume in node.volumes]
    return [*found, *([f"after {', '.join(node.needs)}"] if node.needs else [])]


def _box(name: str, lines: Sequence[str], layout: _Layout, y: float, height: float) -> Iterator[str]:
    width = layout.right - layout.left
    yield f'<rect class="box" x="{layout.left}" y="{y:.0f}" width="{width:.0f}" height="{height + 8:.0f}" rx="8"/>'
    x = layout.left + 14
    yield f'<text class="name" x="{x}" y="{y + 21:.0f}">{_cut(name, width - 24)}</text>'
    for number, line in enumerate(lines):
        yield f'<text class="soft" x="{x}" y="{y + 40 + 19 * number:.0f}">{_cut(line, width - 20)}</text>'


def _ports(node: Node, layout: _Layout, y: float, height: float) -> Iterator[str]:
    for number, port in enumerate(node.ports):
        at = y + 10 + 30 * number
        middle = at + 12
        width = layout.left - 40
        yield f'<rect class="pill" x="1" y="{at:.0f}" width="{width}" height="24" rx="12"/>'
        yield f'<text class="soft" x="13" y="{middle + 4:.0f}">{_cut(address(port), width - 14)}</text>'
        yield f'<path class="link" d="M{width + 1} {middle:.0f}H{layout.left - 7}"/>'
        tip = f"M{layout.left} {middle:.0f}l-8 -4v8z"
        yield f'<path class="arrow" d="{tip}"/>'


def _volumes(node: Node, layout: _Layout, y: float, height: float) -> Iterator[str]:
    left = layout.right + 28
    width = layout.bus(0) - left - 26
    for number, volume in enumerate(node.volumes):
        at = y + 30 + 30 * number
        yield f'<path class="link" d="M{layout.right:.0f} {at + 12:.0f}H{left:.0f}"/>'
        yield f'<rect class="pill" x="{left:.0f}" y="{at:.0f}" width="{width:.0f}" height="24" rx="4"/>'
        yield f'<text class="soft" x="{left + 10:.0f}" y="{at + 16:.0f}">{_cut("▤ " + volume, width - 14)}</text>'


def _bus(wire: Wire, number: int, layout: _Layout, ends: Mapping[str, float]) -> Iterator[str]:
    if wire.name not in ends:
        return
    narrow = layout.left == 0
    row = layout.wires - 1 - number if narrow else number  # so that no name lies across another network's line
    x, y, colour = layout.bus(number), 14 + 20 * row, number % COLOURS
    internal = " internal" if wire.internal else ""
    yield f'<path class="wire w{colour}{internal}" d="M{x:.0f} {y - 8}V{ends[wire.name]:.0f}"/>'
    anchor = f'x="{x - 8:.0f}" text-anchor="end"' if narrow else f'x="{x + 8:.0f}"'
    yield f'<text class="soft" {anchor} y="{y}">{_cut(_label(wire), 300)}</text>'


def _label(wire: Wire) -> str:
    return f"{wire.name} (internal)" if wire.internal else wire.name


def _told(node: Node) -> str:
    said = [node.name]
    said += [f"published at {', '.join(address(port, ' to ') for port in node.ports)}"] if node.ports else []
    said += [f"on {', '.join(node.networks)}"] if node.networks else []
    said += [f"volumes {', '.join(node.volumes)}"] if node.volumes else []
    return ", ".join(said)


def _svg(
    name: str, title: str, told: str, width: float, height: float, parts: Iterable[str], *, narrow: bool
) -> str:  # fmt: skip
    kind = "narrow" if narrow else "wide"
    ids = f"{name}-{kind}-title {name}-{kind}-text"
    first, second = ids.split()
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height:.0f}" role="img" aria-labelledby="{ids}">'
        f'<title id="{first}">{escape(title)}</title><desc id="{second}">{escape(told)}</desc>{"".join(parts)}</svg>'
    )


def _width(text: str) -> float:
    return len(text) * CHARACTER


def _cut(text: str, room: float) -> str:
    """As much of the text as fits, escaped."""
    most = max(int(room / CHARACTER), 4)
    return escape(text if len(text) <= most else text[: most - 1] + "…")
