"""Small situations (where files lie, what the environment says, how documents, anchors and tags combine) with Docker
Compose 2.40.3's answer to each. `python -m tests.conformance.scenarios` asks it anew.

scenarios.json is a list; each has a name, its files by path ("->x" is a link to x), options as LoadOptions names them,
env, the folder to stand in, and the answer: what `config --format json` prints, or null where it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.conformance.answers import VERSION, reference

FILE = Path(__file__).with_name("scenarios.json")
ROOT = "@ROOT@"
FLAGS = {"files": "-f", "env_files": "--env-file", "profiles": "--profile", "project_name": "-p",
         "project_directory": "--project-directory"}  # fmt: skip


def scenarios() -> list[dict[str, Any]]:
    """All of them."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text())
    return found


def lay_out(scenario: dict[str, Any], root: Path) -> Path:
    """Write the files below `root`; the folder to stand in."""
    for name, content in scenario["files"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("->"):
            path.symlink_to(content[2:])
        else:
            path.write_bytes(content.encode())
    return root / scenario.get("folder", ".")


def environment(scenario: dict[str, Any], folder: Path) -> dict[str, str]:
    """What the process has for its environment."""
    return {"HOME": "/home/someone", "PWD": str(folder), **scenario.get("env", {})}


def ask(program: list[str], scenario: dict[str, Any]) -> Any:
    """Docker Compose's answer."""
    with tempfile.TemporaryDirectory() as parent:
        root = Path(parent, "scenario")
        root.mkdir()
        folder = lay_out(scenario, root)
        options = scenario.get("options", {})
        words = [w for key, flag in FLAGS.items() if key in options for v in _values(options[key]) for w in (flag, v)]
        resolve = [] if options.get("resolve_paths", True) else ["--no-path-resolution"]
        run = subprocess.run(
            [*program, *words, "config", "--format", "json", *resolve, *options.get("services", ())],
            cwd=folder, env={"PATH": os.environ["PATH"], **environment(scenario, folder)}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        return json.loads(run.stdout.replace(str(root), ROOT)) if run.returncode == 0 else None


def _values(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def main() -> None:
    """Write all answers."""
    program = reference()
    if program is None:
        sys.exit(f"docker compose {VERSION} is not installed")
    found = [{**scenario, "answer": ask(program, scenario)} for scenario in scenarios()]
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
