"""Two commits of Longshore side by side: what a command costs, and the warm start of two stacks.

    .venv/bin/python bench/beside_commit.py OTHER/.venv/bin/shore [--turns 11] [--services 200]

OTHER is a checkout of the commit before with its own environment (`git worktree add OTHER COMMIT; make setup`). Both
programs take turns on the same files; each has its own folders for state, data and cache, so neither meets what the
other has built; who begins changes from turn to turn. The bar is 1.03: no figure more than 3 % above the commit before.
On a machine that others use, too: `nice -n -20 .venv/bin/python …`, which everything started from here inherits.

The row with an init is for information: process 1 of such a container has taken the service's user, capabilities and
filter since, which it then had not."""

from __future__ import annotations

import argparse
import compileall
import json
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.shore import SHORE, Shore

from bench.config import generate
from bench.machine import median, table, timed

ROOT = Path(__file__).resolve().parents[1]
BAR = 1.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", help="the shore of the commit before")
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--services", type=int, default=200)
    args = parser.parse_args()
    binaries = (str(Path(args.other).absolute()), SHORE)
    for binary in binaries:  # a file that was edited since would be compiled at every start
        compileall.compile_dir(Path(binary).parents[2] / "src", quiet=1)
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "config").mkdir()
        (home / "config/compose.yaml").write_text(generate(300))
        plain = _both(binaries, home / "config", home, "plain")
        rows.append(_row("version", _turns(plain, ["version"], args.turns * 3)))
        rows.append(_row("config, 300 services", _turns(plain, ["config", "-q"], args.turns)))
        rows += _stack(binaries, home, args.turns)
        rows.append(_scale(binaries, home, args.services, init=False))
        rows.append(_scale(binaries, home, args.services, init=True))
    table("beside-commit", "Beside the commit before", ["what", "before", "now", "now / before", "bar"], rows)


def _both(binaries: tuple[str, str], folder: Path, home: Path, project: str) -> list[Shore]:
    return [
        Shore(
            folder, home / side / project, project=f"{project}{side}", binary=binary, cache=str(home / side / "cache")
        )
        for side, binary in zip(("a", "b"), binaries, strict=True)
    ]


def _turns(pair: list[Shore], words: list[str], turns: int) -> list[list[float]]:
    times: list[list[float]] = [[], []]
    for turn in range(turns):
        for side in _order(turn):
            times[side].append(timed(partial(pair[side].ok, *words)))
    return times


def _order(turn: int) -> tuple[int, int]:
    return (0, 1) if turn % 2 else (1, 0)


def _stack(binaries: tuple[str, str], home: Path, turns: int) -> list[list[str]]:
    """stacks/backend in its own form: warm start, `up` on what runs, ps, edit-free end; the data stays in between."""
    before = Path(binaries[0]).resolve().parents[2] / "stacks/backend"
    folder = home / "backend"
    shutil.copytree(before, folder, ignore=shutil.ignore_patterns(".venv", "node_modules", "__pycache__"))
    pair = _both(binaries, folder, home, "backend")
    starts: list[list[float]] = [[], []]
    parts: dict[str, list[list[float]]] = {name: [[], []] for name in ("up on what runs", "ps", "exec true", "down")}
    services = 0
    for shore in pair:
        shore.ok("up", "-d", "--wait", "--build", "--ports", "auto", timeout=600)
        services = len(shore.ps())
        shore.ok("down")
    try:
        for turn in range(turns):
            for side in _order(turn):
                shore = pair[side]
                starts[side].append(timed(partial(shore.ok, "up", "-d", "--wait", "--ports", "auto")))
                assert len(shore.ps()) == services
                some = shore.ps()[0]["Service"]
                for name, words in (
                    *[("up on what runs", ["up", "-d", "--ports", "auto"])] * 4,
                    *[("ps", ["ps"])] * 4,
                    *[("exec true", ["exec", "-T", some, "true"])] * 4,
                    ("down", ["down"]),
                ):
                    parts[name][side].append(timed(partial(shore.ok, *words)))
    finally:
        for shore in pair:
            shore.run("down", "-v", "-t", "5")
    return [_row("stacks/backend, warm start", starts), *(_row(f"stacks/backend, {k}", v) for k, v in parts.items())]


def _scale(binaries: tuple[str, str], home: Path, count: int, *, init: bool) -> list[str]:
    folder = home / f"scale{'i' * init}"
    folder.mkdir()
    service = {"image": "debian:bookworm-slim", "command": "sleep 1000", "init": init, "stop_grace_period": "1s"}
    (folder / "compose.yaml").write_text(json.dumps({"services": {f"s{i}": service for i in range(count)}}))
    pair, times = _both(binaries, folder, home, "scale"), [[], []]  # type: ignore[var-annotated]
    try:
        for shore in pair:
            shore.ok("pull", timeout=600)
        for turn in range(5):
            for side in _order(turn):
                shore = pair[side]
                times[side].append(timed(partial(shore.ok, "up", "-d", "--wait")))
                assert sum(row["State"] == "running" for row in shore.ps()) == count
                shore.ok("down")
    finally:
        for shore in pair:
            shore.run("down", "-v")
    return _row(f"{count} services up{', each with an init' * init}", times)


def _row(what: str, times: list[list[float]]) -> list[str]:
    before, now = median(times[0]), median(times[1])
    return [what, f"{before * 1000:.0f} ms", f"{now * 1000:.0f} ms", f"{now / before:.2f}", f"{BAR}"]


if __name__ == "__main__":
    main()
