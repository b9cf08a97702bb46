"""Many faults over PostgreSQL and Redis while both are written to: then every acknowledged write is there, the next
`up` works, and nothing is left over.

    python -m tests.faults.manyfaults --times 200 [--seed 7] [--user] [--clock] [--only full-disk,agent] [--to FILE]
    python -m tests.faults.manyfaults --report FILE...  > bench/results/faults.md

The images come from a registry on this machine; state and data lie on a small file system of their own, which root
alone can make. `--user`: the stack is an ordinary user's. `--clock`: time jumps too, in `shore`, the agent
and the servers alone (clock.c), since the machine's own clock is everybody's. FILE gets a line a round as it happens.
The last round is followed by `down -v`. Exit 0 when every round held."""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.field import Broken, Field, Who, field, why_no_clock, why_not
from tests.faults.strikes import STRIKES
from tests.installed import install
from tests.users import throwaway_user, why_no_user

CLOCK_COMES = 6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1000, help="so many faults")
    parser.add_argument("--minutes", type=float, default=0, help="so long instead of so many")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--user", action="store_true")
    parser.add_argument("--clock", action="store_true")
    parser.add_argument("--only", type=lambda text: text.replace("-", " ").split(","), default=list(STRIKES))
    parser.add_argument("--images", type=Path, help="a folder where the registry's data stay for the next run")
    parser.add_argument("--to", type=Path, default=Path("/dev/null"))
    parser.add_argument("--report", type=Path, nargs="+")
    args = parser.parse_args()
    if args.report:
        print(report(args.report))
        return 0
    if reason := why_not() or (args.user and why_no_user()) or (args.clock and why_no_clock()):
        print(f"cannot run here: {reason}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with args.to.open("a", buffering=1) as out, _who(args.user) as who:
        head = {
            "seed": args.seed, "who": "an ordinary user" if args.user else "root", "clock": args.clock,
            "began": time.strftime("%Y-%m-%d %H:%M"), "linux": platform.release(), "python": platform.python_version(),
        }  # fmt: skip
        print(json.dumps(head), file=out)
        print(head, flush=True)
        ends = time.monotonic() + args.minutes * 60 if args.minutes else float("inf")
        broken = 0
        for line in rounds(who, args.seed, args.only, args.clock, args.images, 0 if args.minutes else args.times, ends):
            print(json.dumps(line), file=out)
            broken += bool(line["wrong"])
            print("{number:5} {kind:14} {hits} {seconds:5.1f} s  {rows}  {wrong}".format(**line), flush=True)
    return 1 if broken else 0


@contextlib.contextmanager
def _who(user: bool) -> Iterator[Who]:
    if not user:
        yield Who(str(Path(sys.executable).with_name("shore")))
        return
    with throwaway_user("faults") as one:
        yield Who(install(one).shore, one)


def rounds(
    who: Who, seed: int, kinds: Sequence[str], clock: bool, images: Path | None, times: int, ends: float
) -> Iterator[dict[str, object]]:
    """One line for each, until so many faults have hit or until then (monotonic seconds)."""
    chance = random.Random(seed)
    weights = [CLOCK_COMES if clock and kind == "clock" else STRIKES[kind][1] for kind in kinds]
    number = hit = 0
    with field(who, chance, clock=clock, images=images) as there:
        while time.monotonic() < ends and (not times or hit < times):
            (kind,) = chance.choices(kinds, weights)
            began = time.monotonic()
            hits, wrong = _one(there, kind)
            number, hit = number + 1, hit + hits
            yield {
                "number": number, "kind": kind, "hits": hits, "seconds": round(time.monotonic() - began, 2),
                "rows": dict(there.acknowledged), "wrong": wrong,
            }  # fmt: skip
            if wrong:
                _again(there)


def _one(there: Field, kind: str) -> tuple[int, str]:
    """Let it happen: how many faults hit, and what does not hold afterwards, "" where all does."""
    hits = 1
    try:
        hits = STRIKES[kind][0](there)
        there.up()
        there.check_one_of_each()
        there.check_rows()
    except (Broken, OSError, subprocess.TimeoutExpired) as error:
        return hits, f"DOES NOT HOLD: {error}"
    return hits, ""


def _again(there: Field) -> None:
    """What a fault broke is put right by what a person would do next, so that the others go on."""
    for tries in range(3):
        there.run("down")
        with contextlib.suppress(Broken) if tries < 2 else contextlib.nullcontext():
            there.up()
            break
    there.lost = ""


# --- what came of it -------------------------------------------------------------------------------------------------
def report(files: Sequence[Path]) -> str:
    """A table of what several runs recorded."""
    heads, rounds_of, hits, held = [], Counter[str](), Counter[str](), Counter[str]()
    rows: dict[Path, dict[str, int]] = defaultdict(dict)
    for file in files:
        for line in map(json.loads, file.read_text().splitlines()):
            if "seed" in line:
                heads.append(line)
                continue
            kind = line["kind"]
            rounds_of[kind] += 1
            hits[kind] += line["hits"]
            held[kind] += not line["wrong"]
            rows[file] = line["rows"]
    total = f"| **all** | {rounds_of.total()} | {hits.total()} | {held.total()} |"
    runs = [f"- {one['began']}, as {one['who']}, seed {one['seed']}{', clock of its own' * one['clock']}"
            for one in heads]  # fmt: skip
    return "\n".join([
        "# Many faults over PostgreSQL and Redis under writes", "",
        f"Linux {heads[0]['linux'].split('-')[0]}, Python {heads[0]['python']}; `python -m tests.faults.manyfaults`:",
        "", *runs, "",
        "A round is held when the next `up --wait` works, every acknowledged write is there, and there is one agent "
        "and one init a service; after each `down`, when no process, mount, interface or group is left. "
        f"Acknowledged writes: {sum(one.get('db', 0) for one in rows.values())} of PostgreSQL, "
        f"{sum(one.get('redis', 0) for one in rows.values())} of Redis.", "",
        "| fault | rounds | faults that hit | rounds held |", "|---|---|---|---|",
        *(f"| {kind} | {rounds_of[kind]} | {hits[kind]} | {held[kind]} |" for kind in STRIKES if rounds_of[kind]),
        total,
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
