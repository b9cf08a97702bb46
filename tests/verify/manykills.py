"""`shore verify --fresh` killed (SIGKILL) at many moments, every third time together with its keeper: the source tree
is as it was, byte for byte, and nothing of the copy remains; where both were killed, after the next verify.

    python -m tests.verify.manykills [--engine native|docker] [--times 10]

Prints a line for each; the outcome of a recorded run stands in kills.txt."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.shore import Shore
from tests.verify.test_broken_data import letters

EARLY = (0.2, 0.6, 1.2)
"""Seconds after the command: before anything runs. The others are spread over the whole of its time."""
FAMILIES = ("reachable", "reloads", "persists", "safe")
VERIFY = ("verify", "--fresh", "--format", "json", *(word for one in FAMILIES for word in ("--family", one)))
"""With a build, a change of source, two downs and ups, and a search of the image: and not too long."""
PATIENCE = 90.0
"""Seconds that a keeper may take."""


def state_of(folder: Path) -> str:
    """Of every name, mode, owner, time of change and content of a tree, git's own files among them."""
    found = hashlib.sha256()
    for path in (folder, *sorted(folder.rglob("*"))):
        info = path.lstat()
        found.update(f"{path} {info.st_mode} {info.st_uid} {info.st_mtime_ns} {info.st_ino}".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def project(home: Path) -> Path:
    """The stack of letters under git, with something in it that no build has seen."""
    tree = letters(home / "tree")
    (tree / "app/seen").write_text(secrets.token_hex(8))
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x")):
        subprocess.run(["git", *words], cwd=tree, check=True)
    (tree / "app/main.py").touch()  # git's index has another time: asked carelessly, git would write it anew
    return tree


def processes(home: Path) -> dict[int, str]:
    """Those that have this home in their command line, their environment or their folder, but this one."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                texts = [(entry / name).read_bytes() for name in ("cmdline", "environ")]
                texts.append(bytes((entry / "cwd").readlink()))
            except OSError:
                continue
            if any(bytes(home) in text for text in texts) and texts[0]:
                found[int(entry.name)] = texts[0].replace(b"\0", b" ").decode(errors="replace")[:120]
    return found


def left(shore: Shore, temporary: Path) -> list[str]:
    """What there still is of a copy, in words."""
    state = shore.home / "state/longshore"
    found = [str(path) for path in state.glob("*fresh*")] + [str(path) for path in state.glob(".verify/*")]
    found += [str(path) for path in state.glob(".changed/*")] + [str(path) for path in temporary.iterdir()]
    found += [str(path) for path in (shore.home / "data/longshore").glob("**/*fresh*")]
    found += [str(path) for path in (shore.home / "run").glob("**/*fresh*")]
    found += [f"mount {line.split()[1]}" for line in Path("/proc/mounts").read_text().splitlines()
              if str(shore.home) in line or "letters-fresh" in line]  # fmt: skip
    found += [f"image {path.name}" for path in Path(shore.cache, "longshore/images").glob("letters-fresh*")]
    found += [f"process {pid}: {words}" for pid, words in processes(shore.home).items()]
    if shore.engine == "docker":
        for kind, words in (("container", ("ps", "-a")), ("image", ("images",)), ("volume", ("volume", "ls")),
                            ("network", ("network", "ls"))):  # fmt: skip
            said = subprocess.run(["docker", *words], env=shore.env, capture_output=True, text=True, check=True).stdout
            found += [f"{kind}: {line}" for line in said.splitlines() if "letters-fresh" in line]
    return found


def settled(shore: Shore, temporary: Path, within: float) -> list[str]:
    """What is left when so many seconds are over, or nothing is."""
    end = time.monotonic() + within
    while (found := left(shore, temporary)) and time.monotonic() < end:
        time.sleep(0.3)
    return found


def one(shore: Shore, temporary: Path, moment: float, keeper_too: bool) -> str:
    """Kill it then; what was wrong afterwards, "" for nothing."""
    (shore.folder / "app/seen").write_text(secrets.token_hex(8))  # another build each time
    before = state_of(shore.folder)
    words = shore.argv("--progress", "quiet", *VERIFY)
    running = subprocess.Popen(words, cwd=shore.folder, env=shore.env, stdout=-3, stderr=-3)
    ended = False
    try:
        running.wait(moment)
        ended = True
    except subprocess.TimeoutExpired:
        keepers = [pid for pid, line in processes(shore.home).items() if "__keep" in line or "__put-back" in line]
        for pid in (*(keepers if keeper_too else ()), running.pid):
            os.kill(pid, signal.SIGKILL)
        running.wait()
    if keeper_too and not ended:
        done = shore.run("verify", "--fresh", "--family", "reachable", "--format", "json", timeout=400)
        if done.code:
            return f"the next verify ended with {done.code}: {done.err[-300:]}"
    found = settled(shore, temporary, PATIENCE)
    if state_of(shore.folder) != before:
        found.append("the source tree is another")
    return "; ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("native", "docker"), default="native")
    parser.add_argument("--times", type=int, default=10)
    args = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d')}, Linux {platform.release().partition('-')[0]}, {os.cpu_count()} cores, load "
          f"{os.getloadavg()[0]:.0f}, Python {platform.python_version()}, {args.engine}", flush=True)  # fmt: skip
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="k-") as name:
        home, temporary = Path(name), Path(name, "tmp")
        temporary.mkdir()
        shore = Shore(project(home), home, args.engine, extra={"TMPDIR": str(temporary)})
        began = time.monotonic()
        done = shore.run(*VERIFY, timeout=900)
        whole = time.monotonic() - began
        remains = settled(shore, temporary, 5)
        print(f"whole: {whole:.0f} s, exit code {done.code}, {'; '.join(remains) or 'nothing left'}", flush=True)
        spread = [whole * (number + 0.5) / (args.times - len(EARLY)) for number in range(args.times - len(EARLY))]
        for number, moment in enumerate((*EARLY, *spread)):
            keeper_too = number % 3 == 2
            said = one(shore, temporary, min(moment, whole * 0.9), keeper_too)
            wrong += bool(said)
            print(
                f"killed after {moment:5.1f} s{' with its keeper' if keeper_too else ''}: {said or 'nothing left'}",
                flush=True,
            )
    sys.exit(f"{wrong} of {args.times} left something" if wrong else None)


if __name__ == "__main__":
    main()
