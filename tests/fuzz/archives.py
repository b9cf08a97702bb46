"""`python -m tests.fuzz.archives [--minutes 60] [--seed 0] [--kind root|one] [--note]`: archives of layers made worse,
and unpacked: none writes outside its layer, each is taken in or refused in words, none hangs. What breaks that is kept.
With `--note` what it came to is added to archives.txt beside this file."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from longshore.native.image.store.cache import remove_tree
from tests.native.image.test_hostile import DRIVER, SOURCE, _cases, _seen

NOTES = Path(__file__).with_name("archives.txt")
BLOCK = 512
ROUND = 100
ROUND_SECONDS = 300
FIELDS = ((0, 100), (100, 108), (108, 116), (116, 124), (124, 136), (136, 148), (156, 157), (157, 257), (257, 265),
          (345, 500))  # fmt: skip
"""Of a header: name, mode, owner, group, size, time, kind, target, magic, prefix."""
BITS = (
    b"../",
    b"/",
    b"\0",
    b".wh.",
    b".wh..wh..opq",
    b"77777777777",
    b"-1",
    b"\x80\xff\xff\xff",
    b"\xff" * 8,
    b"x" * 100,
    b"LKxgSVK",
)


def mutated(data: bytes, other: bytes, choice: random.Random) -> bytes:
    """A few changes: a field of a header overwritten, blocks moved, doubled, dropped or taken from another archive, the
    end cut off. Half of the headers are given the checksum that they should have then."""
    found = bytearray(data)
    for _ in range(choice.randint(1, 4)):
        blocks = max(1, len(found) // BLOCK)
        at = choice.randrange(blocks) * BLOCK
        match choice.randrange(7):
            case 0 | 1 | 2:
                first, last = choice.choice(FIELDS)
                bit = choice.choice(BITS)[: last - first]
                found[at + first : at + first + len(bit)] = bit
            case 3:
                found[at:at] = found[at : at + BLOCK]
            case 4:
                del found[at : at + BLOCK]
            case 5:
                start = choice.randrange(max(1, len(other) // BLOCK)) * BLOCK
                found[at:at] = other[start : start + BLOCK * choice.randint(1, 3)]
            case _:
                del found[choice.randrange(len(found) + 1) :]
        if choice.random() < 0.8:
            _with_checksum(found, at)
    return bytes(found)


def _with_checksum(data: bytearray, at: int) -> None:
    if len(data) >= at + BLOCK:
        data[at + 148 : at + 156] = b" " * 8
        data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + BLOCK])


def one_round(folder: Path, kind: str, choice: random.Random, counted: Counter[str]) -> None:
    """So many archives; AssertionError for one that breaks a rule."""
    out, work = folder / "outside", folder / "work"
    out.mkdir(mode=0o777)
    (out / "victim").write_text("as it was")
    seeds = list(_cases(str(out)).values())
    for number in range(ROUND):
        (work / "layers" / str(number)).mkdir(parents=True)
        (work / f"{number}.tar").write_bytes(mutated(choice.choice(seeds), choice.choice(seeds), choice))
    before = _seen(out)
    words = [sys.executable, "-S", "-P", "-c", DRIVER, str(ROUND), kind]
    environment = {"PYTHONPATH": SOURCE}
    done = subprocess.run(words, cwd=work, env=environment, capture_output=True, text=True, timeout=ROUND_SECONDS)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert _seen(out) == before, "something outside was written"
    assert sorted(one.name for one in folder.iterdir()) == ["outside", "work"]
    assert len(list((work / "layers").iterdir())) == ROUND
    for number in range(ROUND):
        said = json.loads((work / f"{number}.said").read_text())
        (what,) = {"digest", "refused", "failed"} & said.keys()
        counted[f"failed: {said[what]}" if what == "failed" else what] += 1  # the machine's own word for what it is


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=("root", "one"), default="root" if os.geteuid() == 0 else "one")
    parser.add_argument("--note", action="store_true", help=f"add what it came to to {NOTES.name}")
    args = parser.parse_args()
    choice, counted, began = random.Random(args.seed), Counter[str](), time.monotonic()
    while time.monotonic() - began < args.minutes * 60:
        folder = Path(tempfile.mkdtemp(prefix="archives-"))
        try:
            one_round(folder, args.kind, choice, counted)
        except (AssertionError, subprocess.TimeoutExpired, ValueError):
            print(f"broken, and kept: {folder}", file=sys.stderr)
            raise
        remove_tree(folder / "work")
        shutil.rmtree(folder)
    says = ", ".join(f"{what} {count:,}" for what, count in sorted(counted.items()))
    minutes = (time.monotonic() - began) / 60
    text = (
        f"{counted.total():,} archives in {minutes:.0f} minutes ({args.kind}, seed {args.seed}): none wrote outside,\n"
        f"  none hung, each was taken in or refused in words ({says})\n"
    )
    print(text, end="")
    if args.note:
        with NOTES.open("a") as notes:
            notes.write(f"{datetime.date.today()}: {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
