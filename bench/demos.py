"""`make demo` of each stack as a newcomer types it: in a fresh clone, with a cache, state and data of its own that are
empty; then a second time while it runs, and once more after `down`.

    .venv/bin/python bench/demos.py [--as root|user] [STACK…]

Each clone goes before the next comes: five cold caches at once are 10 GB. A stack's row is written as soon as it is
there."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo import DEMOS
from tests.installed import user_environment
from tests.users import throwaway_user

from bench.machine import RESULTS, table, timed

ROOT = Path(__file__).resolve().parents[1]
COLD, AGAIN = 180, 15
"""Seconds that the first and the second may take."""
KEPT = RESULTS / "results"


class Newcomer:
    """A fresh clone of what is committed here, and a home with nothing in it."""

    def __init__(self, home: Path, prefix: Sequence[str], give: Callable[[Path], None]) -> None:
        self.clone, self.prefix = home / "longshore", list(prefix)
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(self.clone)], check=True)
        folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "STATE", "DATA")}
        kept = user_environment() if prefix else dict(os.environ)
        others = {"GOMODCACHE": str(home / "go"), "npm_config_cache": str(home / "npm")}
        self.env = {**kept, **folders, **others, "XDG_RUNTIME_DIR": str(home / "run")}
        for path in map(Path, (*folders.values(), self.env["XDG_RUNTIME_DIR"])):
            path.mkdir(mode=0o700)
        give(home)

    def demo(self, stack: str) -> str:
        """What it said."""
        done = self._run("make", "demo", f"STACK={stack}")
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def down(self, stack: str, *words: str) -> None:
        file = f"{DEMOS[stack].folder}/{DEMOS[stack].file}"
        done = self._run(".venv/bin/shore", "-f", file, "down", *words)
        assert done.returncode == 0, done.stderr[-2000:]

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, *words], cwd=self.clone, env=self.env, capture_output=True, text=True, errors="replace"
        )


@contextlib.contextmanager
def newcomer(who: str) -> Iterator[Newcomer]:
    with contextlib.ExitStack() as stack:
        if who == "user":
            user = stack.enter_context(throwaway_user())
            yield Newcomer(user.home, user.prefix, user.give)
        else:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="new-")))
            yield Newcomer(home, (), lambda path: None)


def measure(stack: str, who: str) -> list[float]:
    """Seconds: cold, while it runs, after `down`."""
    with newcomer(who) as one:
        try:
            cold = timed(lambda: one.demo(stack))
            print(f"{stack}: cold {cold:.0f} s", flush=True)
            again = timed(lambda: one.demo(stack))
            one.down(stack)
            warm = timed(lambda: one.demo(stack))
        finally:
            one.down(stack, "-v")
    return [cold, again, warm]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stacks", nargs="*", metavar="STACK", help=f"of {', '.join(DEMOS)}; all without words")
    parser.add_argument("--as", dest="who", choices=("root", "user"), default="root")
    args = parser.parse_args()
    kept = KEPT / f"demos-{args.who}.json"
    found = json.loads(kept.read_text()) if kept.exists() else {}
    for stack in args.stacks or DEMOS:
        found[stack] = [*measure(stack, args.who), os.getloadavg()[1]]
        kept.write_text(json.dumps(found, indent=1) + "\n")
        rows = [
            [name, f"{cold:.0f} s", f"{again:.1f} s", f"{warm:.1f} s", f"{load:.1f}"]
            for name, (cold, again, warm, load) in found.items()
        ]
        whom = "root" if args.who == "root" else "an ordinary user"
        table(
            f"demos-{args.who}",
            f"make demo from a fresh clone with an empty cache, as {whom}",
            ["stack", f"cold (bar: {COLD} s)", f"again while it runs (bar: {AGAIN} s)", "after down", "load average"],
            rows,
        )


if __name__ == "__main__":
    main()
