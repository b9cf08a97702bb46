"""Which rows of the systems that `stacks` were made for a test shows (`@pytest.mark.shows("A3")`), and what became of
it, for the table that `scripts/stacks_page.py` makes."""

from __future__ import annotations

import ast
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

__all__ = ["ENGINES", "NOTES", "NOT_SHOWN", "ROWS", "Shown", "marked", "note", "noted"]

TESTS = Path(__file__).parent
NOTES = TESTS.parent / "test-artefacts" / "rows"
"""What tests leave behind: a line each, in a file of each process."""
ENGINES = {"root": "native, root", "user": "native, user", "docker": "Docker", "podman": "Podman"}

ROWS: dict[str, dict[str, str]] = {
    "shop": {
        "A1": "back end: one Dockerfile in stages, dependencies before code, Gunicorn in production",
        "A2": "front end: one Dockerfile in stages, cached dependencies, production build",
        "A3": "five services that find each other by name, variables, a health check each",
        "A4": "both sides reload what is saved; data persists; nginx serves what Django collects and people upload",
        "A5": "commands and debugging written down; Linux, Windows, macOS",
        "A6": "Docker Swarm, zero-downtime deployments, images in a registry, backups of volumes",
        "A7": "Dockerfiles checked, images build, production works, security scan, structure of the images",
    },
    "gallery": {
        "B1": "three services on one network, by name",
        "B2": "front end: Node builds it, nginx serves it; health check; waits for the back end",
        "B3": "back end: FastAPI with uploads and an error log on the host; health check; waits for the database",
        "B4": "database: schema by an initial script, data on a named volume, health check, on no port",
        "B5": "life in order: database, back end, front end; stop and down keep the data",
        "B6": "a form for production and one for development that reloads both sides",
        "B7": "no secret in an image or a log; data on named volumes",
        "B8": "logs of all services or one, with times, the last lines",
        "B9": "small images, cached layers, cached assets",
        "B10": "for production: secrets, TLS, backups, monitoring, limits",
        "B11": "tests run in the back end",
    },
    "accounts": {
        "C1": "mongo and redis with volumes, always restarted",
        "C2": "two FastAPI services, each with a database of its own, and shared code",
        "C3": "a Celery worker that finishes its task",
        "C4": "front end: Vite in development, a static build behind nginx in production",
        "C5": "Flower",
        "C6": "`.env` with a generated key, without which nothing starts",
        "C7": "commands: build, up, logs, down, ps, exec",
        "C8": "production: nobody is root, nothing needless in an image, secrets outside",
    },
    "backend": {
        "D1": "one command starts database, cache and back end, healthy; documentation and health are answered",
        "D2": "a saved file is served without a rebuild",
        "D3": "migrations are found and applied at start; one that fails is clear and leaves the data whole",
        "D4": "data survives stop, start, down and up; only down -v removes it",
        "D5": "not root; no secret in an image; read-only where it can be; limits",
        "D6": "cache mounts, stages, layers in the order of the cache, small images",
        "D7": "a production form with checks of its own, settings by variables, logs to stdout",
        "D8": "the four criteria validated and written down with evidence",
    },
    "assistant": {
        "E1": "bot, API and dashboard from their own Dockerfiles, on one network, restarted",
        "E2": "SQLite in a shared folder, bot and API at once; data, logs and prompts mounted",
        "E3": "uv and pnpm; hot reload",
        "E4": "migrations at start; one revision in two files, a circle, several heads are named before",
        "E5": "a port that is taken: by whom, before anything starts",
        "E6": "the obsolete `version:` is said, and goes on",
        "E7": "figures: builds, start, migrations, memory",
        "E8": "next steps: stages, static build, health checks, backups, several more",
    },
}  # fmt: skip
"""By stack, what its document asks, in short."""

NOT_SHOWN = {
    "A5": "its README tells them; nothing runs for it, and nothing was tried on Windows or macOS",
    "A6": "`shore ship` and `shore backup` are tried on real Swarms with another stack (tests/ship)",
    "B10": "limits and health checks are in the file; TLS, backups, monitoring: with another stack (tests/ship)",
    "D6": "no test measures it; its README tells the layers",
    "E7": "figures stand in bench/RESULTS.md, not in tests",
}  # fmt: skip
"""Rows that no test shows, and why."""

BY_WORD = {"me": "root" if os.geteuid() == 0 else "user", "caller": "root" if os.geteuid() == 0 else "user",
           "native-root": "root", "ordinary user": "user", "ordinary": "user", "native-user": "user",
           "docker": "docker", "podman": "podman"}  # fmt: skip
"""Engines by how parameters of tests name them."""


class Shown(NamedTuple):
    """A test that shows rows; `test` is its file and function."""

    test: str
    rows: tuple[str, ...]


def marked() -> Iterator[Shown]:
    """Every test that bears the mark, by what is written in its file."""
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text()
        if "mark.shows(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                rows = [row for one in node.decorator_list for row in _rows(one)]
                if rows:
                    yield Shown(f"{path.relative_to(TESTS.parent)}::{node.name}", tuple(rows))


def _rows(decorator: ast.expr) -> list[str]:
    if not isinstance(decorator, ast.Call) or ast.unparse(decorator.func) != "pytest.mark.shows":
        return []
    return [str(one.value) for one in decorator.args if isinstance(one, ast.Constant)]


def note(item: pytest.Item, report: pytest.TestReport) -> None:
    """Write down what became of a test that shows rows: how it ended, and why where it was skipped or failed before."""
    mark = item.get_closest_marker("shows")
    if mark is None or not (report.when == "call" or report.outcome != "passed"):
        return
    words = [str(value) for value in getattr(getattr(item, "callspec", None), "params", {}).values()]
    engine = mark.kwargs.get("engine") or next((BY_WORD[word] for word in words if word in BY_WORD), BY_WORD["me"])
    why = str(report.longrepr[2]) if report.skipped and isinstance(report.longrepr, tuple) else ""
    file, _, name = item.nodeid.partition("::")
    line = {"test": f"{file}::{name.partition('[')[0]}", "case": name, "engine": engine, "outcome": report.outcome,
            "why": why, "day": time.strftime("%Y-%m-%d"), "at": time.time()}  # fmt: skip
    NOTES.mkdir(parents=True, exist_ok=True)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (NOTES / f"{worker}-{os.getpid()}.jsonl").open("a") as file_:
        file_.write(json.dumps(line) + "\n")


def noted() -> list[dict[str, Any]]:
    """All that was written down, the oldest first."""
    lines = [json.loads(line) for path in NOTES.glob("*.jsonl") for line in path.read_text().splitlines()]
    return sorted(lines, key=lambda one: float(one["at"]))
