"""`python -m tests.fuzz.long [inputs] [seed]`: mutate, check, count; stops at the first input that breaks a rule and
keeps it beside the script's working folder. 100,000 inputs take about a minute of one processor."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.check import Hang, check
from tests.fuzz.mutations import mutated, seeds


def main() -> int:
    """Run; 0 when nothing broke."""
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    choice = random.Random(seed)
    texts = seeds()
    accepted, slowest, began = 0, 0.0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "compose.yaml"))
        for number in range(1, inputs + 1):
            text = mutated(choice.choice(texts), choice.choice(texts), choice)
            started = time.process_time()
            try:
                accepted += check(file, text)
            except (Exception, Hang) as error:
                kept = Path.cwd() / f"fuzz-{seed}-{number}.yaml"
                kept.write_text(text, errors="surrogatepass")
                print(f"input {number} (kept as {kept}): {type(error).__name__}: {error}")
                raise
            slowest = max(slowest, time.process_time() - started)
            if number % 1000 == 0:
                print(f"{number:,} inputs, {accepted:,} accepted, slowest {slowest:.2f} s", flush=True)
    print(f"{inputs:,} inputs in {time.monotonic() - began:.0f} s: no traceback, no hang; {accepted:,} accepted, "
          f"slowest {slowest:.2f} s of processor time")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
