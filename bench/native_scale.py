"""200 idle native services: time to be up, the agent's memory, and the memory of one service's own pid 1.

    .venv/bin/python bench/native_scale.py [--services 200] [--user]

`--user`: root makes a throwaway user, whose installation does it.

Memory is PSS (shared pages divided among those who share them). Before a time counts, every service must be running."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.installed import install, user_environment
from tests.shore import Shore
from tests.users import throwaway_user

from bench.machine import RESULTS, median, table, timed, whom


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--user", action="store_true")
    args = parser.parse_args()
    if args.user:
        _as_user(args.services, args.runs)
        return
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        folder = Path(name)
        services = {f"s{i}": {"image": "debian:bookworm-slim", "command": "sleep 1000", "init": True,
                              "stop_grace_period": "1s"} for i in range(args.services)}  # fmt: skip
        (folder / "compose.yaml").write_text(json.dumps({"services": services}))
        shore = Shore(folder, folder / "home", project="scale")
        shore.ok("pull")
        times, agents, inits = [], [], []
        try:
            for _ in range(args.runs):
                times.append(timed(lambda: shore.ok("up", "-d", "--wait")))
                assert sum(row["State"] == "running" for row in shore.ps()) == args.services
                agent, own = _memory(str(folder))
                agents.append(agent)
                inits += own
                shore.ok("down")
        finally:
            shore.down()
    rows = [
        [f"{args.services} services up", f"{median(times):.2f} s", "4 s"],
        ["agent, PSS", f"{median(agents):.1f} MB", "45 MB"],
        ["one service's pid 1, PSS", f"{median(inits):.2f} MB" if inits else "not to be seen", "2 MB"],
    ]
    short, long = whom()
    table(f"native-scale-{short}", f"Many idle services, as {long}",
          ["what", "median", "bar"], rows)  # fmt: skip


def _as_user(services: int, runs: int) -> None:
    with throwaway_user("scale") as user:
        installed = install(user)
        subprocess.run(
            [*user.prefix, installed.python, "bench/native_scale.py", "--services", str(services), "--runs", str(runs)],
            cwd=installed.clone, env=user_environment(), check=True,
        )  # fmt: skip
        found = installed.clone / "bench/results/native-scale-user.md"
        (RESULTS / "results" / found.name).write_text(found.read_text())


def _memory(marker: str) -> tuple[float, list[float]]:
    """PSS in MB of the agent, and of each service's pid 1."""
    agent, inits = 0.0, []
    found = subprocess.run(
        ["pgrep", "-f", r"longshore\.native\.agent|init \(shore\)"], capture_output=True, text=True
    ).stdout.split()
    for pid in found:
        try:
            process = Path("/proc") / pid
            if marker not in (process / "environ").read_text(errors="replace"):
                continue
            innermost = next(
                x.split()[-1] for x in (process / "status").read_text().splitlines() if x.startswith("NSpid")
            )
            pss = next(
                int(x.split()[1]) for x in (process / "smaps_rollup").read_text().splitlines() if x.startswith("Pss:")
            )
        except (OSError, StopIteration):
            continue
        if innermost == "1":
            inits.append(pss / 1024)
        else:
            agent = max(agent, pss / 1024)
    return agent, inits


if __name__ == "__main__":
    main()
