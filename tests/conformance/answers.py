"""Our own cases with Docker Compose's answers, and asking either program.

Each folder of golden/ is a case: its files, case.json (what is given to the command), and the answers of Docker Compose
2.40.3: config.json, config.yaml, hashes. `python -m tests.conformance.answers` asks it anew for all of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"
WORK = Path("/tmp/longshore-golden")
"""Where cases are asked: hashes hold absolute paths, so the folder must be the same on every machine."""
SHORE = str(Path(sys.executable).with_name("shore"))
VERSION = "2.40.3"
HERE, HOME = "@HERE@", "@HOME@"


@dataclass(frozen=True)
class Case:
    """`given` are files, services, profiles and env; files [] means they are to be found."""

    folder: Path
    given: dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    def answer(self, name: str) -> str:
        return (self.folder / name).read_text()

    def copied(self) -> Path:
        """The case's files in the folder that is the same everywhere."""
        here = WORK / self.name
        shutil.copytree(self.folder, here, dirs_exist_ok=True, symlinks=True)
        return here

    def ask(self, program: list[str], *arguments: str) -> str:
        """What `program config arguments` prints in the case's folder, with paths of this machine replaced."""
        here = self.copied()
        options = [word for file in self.given["files"] for word in ("-f", file)]
        options += [word for profile in self.given.get("profiles", ()) for word in ("--profile", profile)]
        services = [] if "--hash" in arguments else self.given.get("services", [])
        environ = {
            "PATH": os.environ["PATH"], "HOME": "/home/someone", "PWD": str(here), "LANG": "C.UTF-8",
            **self.given.get("env", {}),
        }  # fmt: skip
        run = subprocess.run(
            [*program, *options, "config", *arguments, *services],
            cwd=here, env=environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if run.returncode:
            return f"refused: {run.stderr}"
        return run.stdout.replace(str(here), HERE).replace("/home/someone", HOME)


def cases() -> list[Case]:
    """All cases."""
    found = sorted(GOLDEN.glob("*/case.json"))
    return [Case(file.parent, json.loads(file.read_text())) for file in found]


ANSWERS = {"config.json": ("--format", "json"), "config.yaml": (), "hashes": ("--hash", "*")}


def reference() -> list[str] | None:
    """Docker Compose of the version that the answers are of, where it is installed."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    run = subprocess.run([docker, "compose", "version", "--short"], capture_output=True, text=True, check=False)
    return [docker, "compose"] if run.stdout.strip().lstrip("v") == VERSION else None


def main() -> None:
    """Write the answers of all cases."""
    program = reference()
    if program is None:
        sys.exit(f"docker compose {VERSION} is not installed")
    for case in cases():
        for name, arguments in ANSWERS.items():
            answer = case.ask(program, *arguments)
            (case.folder / name).write_text(answer)
            if answer.startswith("refused"):
                print(case.name, name, answer.strip()[:200])


if __name__ == "__main__":
    main()
