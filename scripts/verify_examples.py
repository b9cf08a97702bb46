#!/usr/bin/env python3
"""Writes docs/examples: what `shore verify --fresh` says of each reference stack, on a copy with secrets of its own.

`verify_examples.py [--engine native|docker|both] [STACK…]`; `both` is one `shore verify --fresh --engines
native,docker`, whose every difference is kept beside the two. Nothing is typed by hand. Who built the machine's kernel
and where its packages are from is left out; a report with a secret or with this machine's name in it is not written."""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.private import copied, fresh_env  # noqa: E402
from tests.shore import Shore  # noqa: E402

FOLDER = ROOT / "docs" / "examples"
STACKS = ("shop", "gallery", "accounts", "backend", "assistant")
AS_A_PAGE = "gallery"
"""Of this one the page is kept as well: 150 kB."""
NOT_COPIED = ("node_modules", "dist", ".next", "venv", "var", ".pytest_cache")
LONGEST = 1800


def reported(stack: str, engine: str, home: Path) -> Iterator[tuple[Path, str]]:
    """Each file that is to be written, with its text."""
    tree = copied(stack, home / "tree", *NOT_COPIED)
    shore = Shore(tree, home, "native" if engine == "both" else engine)
    secrets = values(fresh_env(shore.folder))
    forms = ("md", "html") if stack == AS_A_PAGE and engine != "docker" else ("md",)
    files = [home / f"report.{form}" for form in forms]
    words = [word for file in files for word in ("--report", str(file))]
    several = ("--engines", "native,docker") if engine == "both" else ()
    began = time.monotonic()
    done = shore.run("verify", "--fresh", *several, *words, timeout=LONGEST * (1 + bool(several)))
    print(f"{stack} on {engine}: exit code {done.code} after {time.monotonic() - began:.0f} s", flush=True)
    print("\n".join(done.text.splitlines()[-60:]), flush=True)
    for file in sorted(home.glob("report*")):
        name = names(engine)[file.stem]
        if file.suffix == ".md" or not name:
            yield FOLDER / f"{stack}{name}{file.suffix}", published(stack, file.read_text(), secrets)


def names(engine: str) -> Mapping[str, str]:
    """What stands behind a stack's name in the name of each report."""
    if engine == "both":
        return {"report": "-engines", "report-native": "", "report-docker": "-docker"}
    return {"report": "" if engine == "native" else f"-{engine}"}


def published(stack: str, text: str, secrets: Mapping[str, str]) -> str:
    """A report as others may see it; ends the program where it holds what they may not."""
    text = re.sub(r"(Linux \d+\.\d+\.\d+)-\S+", r"\1", text)
    text = re.sub(r"(?: - (?:GET|POST) )?https?://registry\S+", "", text)
    told = [name for name, value in secrets.items() if value in text]
    if socket.gethostname() in text or told:
        sys.exit(f"{stack}: the report gives away {', '.join(told) or socket.gethostname()}")
    return text


def values(env: str) -> dict[str, str]:
    """What new-env.sh made up, by name."""
    pairs = (line.partition("=")[::2] for line in env.splitlines() if "=" in line and not line.startswith("#"))
    return {name: value for name, value in pairs if re.search(r"[0-9a-f]{24}", value)}


def index() -> str:
    """The page that leads to all."""
    lines = [
        "# What `shore verify --fresh` says of the five stacks", "",
        "Made by `scripts/verify_examples.py` from real runs; times are those of a busy machine with two cores.", "",
    ]  # fmt: skip
    for file in sorted(FOLDER.glob("*.md")):
        if file.name != "README.md":
            verdict = next((line for line in file.read_text().splitlines() if line.startswith("## ")), "## ")[3:]
            lines.append(f"- [{file.stem}]({file.name}): {verdict}")
    lines.append(f"- [{AS_A_PAGE}, as a page]({AS_A_PAGE}.html), with the start and the topology as pictures")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stacks", nargs="*", metavar="STACK", help=f"of {', '.join(STACKS)}; all without words")
    parser.add_argument("--engine", choices=("native", "docker", "both"), default="native")
    args = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for stack in args.stacks or STACKS:
        with tempfile.TemporaryDirectory(prefix="shore-") as name:
            Path(name).chmod(0o755)
            for file, text in reported(stack, args.engine, Path(name)):
                file.write_text(text)
    (FOLDER / "README.md").write_text(index())


if __name__ == "__main__":
    try:
        main()
    except subprocess.TimeoutExpired as late:
        sys.exit(f"verify took longer than {late.timeout:.0f} s")
