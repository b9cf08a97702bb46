"""A warm start of stacks/gallery, in production and in development form: `shore up -d --wait` against the same services
started by hand as bare processes, in the same order, readiness asked every 5 ms. Side by side: the two take turns in
one run, on the same data. Then the same file on a Docker engine, where one can run.

    .venv/bin/python bench/gallery_start.py [--runs 7] [--docker 2] [--form production|development]

Run it as root and as an ordinary user: the results are kept apart. A start by Docker Compose takes minutes."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.e2e.gallery_stack import FORMS, Gallery, copy_of_the_stack, write_env
from tests.shore import Shore

from bench.gallery_bare import BareGallery
from bench.gallery_docker import rows_on_docker
from bench.machine import median
from bench.starts import Times, write

PROJECTS = {"production": "gallery", "development": "gallery-dev"}
"""As the files name them: the bare services use the same volumes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--docker", type=int, default=2, help="runs on a Docker engine; 0 for none")
    parser.add_argument("--form", choices=sorted(FORMS), action="append")
    args = parser.parse_args()
    for form in args.form or ("production", "development"):
        with tempfile.TemporaryDirectory(prefix="shore-") as name:
            home, project = Path(name), PROJECTS[form]
            times = measure(home, form, args.runs)
            bare = median(times.by_hand)
            beside = rows_on_docker(home, form, project, args.docker, bare) if args.docker else []
        write(f"gallery-start-{form}", f"Warm start of stacks/gallery, {form} form", times, beside=beside)


def measure(home: Path, form: str, runs: int) -> Times:
    home.chmod(0o755)
    shore = Shore(copy_of_the_stack(home / "tree"), home, project=PROJECTS[form])
    write_env(shore.folder)
    stack, times = Gallery(shore, *FORMS[form]), Times()
    try:
        stack.up("--build")
        assert stack.run("down").code == 0
        for _ in range(runs):
            one_turn(stack, form, times)
    finally:
        stack.run("down", "-v", "-t", "5")
    return times


def one_turn(stack: Gallery, form: str, times: Times) -> None:
    home = stack.shore.home
    bare = BareGallery(stack.shore.folder, form, home / "data/longshore/volumes", stack.shore.cache, home)
    times.take(bare, stack.up, lambda: stack.run("up", "-d", "--ports", "auto"))
    assert {row["Health"] for row in stack.rows().values()} == {"healthy"}
    assert stack.run("down").code == 0


if __name__ == "__main__":
    main()
