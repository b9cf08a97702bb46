#!/usr/bin/env python3
"""Writes tests/cli/compose_flags.json: every command of the installed `docker compose` with its flags, from its help.

A flag's value is the kind of value it takes ("string", "int", "stringArray", …), "" for a switch. No engine is asked.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "tests/cli/compose_flags.json"
CLI = os.environ.get("LONGSHORE_DOCKER_CLI", "/usr/bin/docker")

COMMAND = re.compile(r"^  (?P<name>[a-z-]+) +\S")
FLAG = re.compile(r"^ {2,6}(?P<names>(-\w, )?--[\w-]+)( (?P<value>[a-zA-Z]+))?( {2,}|$)")
PARENTS = ("bridge", "alpha")
"""Commands that have commands of their own; `alpha` is not in the help."""


def main() -> None:
    version = _docker("compose", "version", "--short").strip().lstrip("v")
    commands = {"": _flags(_docker("compose", "--help"))} | {name: _flags(_help(name)) for name in _commands()}
    head = {"program": "docker compose", "version": version, "recorded": f"{datetime.date.today()}"}
    FILE.write_text(json.dumps({**head, "commands": commands}, indent=1) + "\n")
    print(f"{len(commands) - 1} commands, {sum(map(len, commands.values()))} flags of docker compose {version}")


def _commands() -> Iterator[str]:
    """Every command, those below another one as "bridge convert"."""
    yield from _named(_docker("compose", "--help"))
    for parent in PARENTS:
        yield from (f"{parent} {name}" for name in _named(_help(parent)))


def _named(text: str) -> list[str]:
    """The commands that a help lists, in any of its sections of commands."""
    found: list[str] = []
    listing = False
    for line in text.splitlines():
        if line and not line.startswith(" "):
            listing = line.endswith("Commands:")
        elif listing and (match := COMMAND.match(line)):
            found.append(match["name"])
    return found


def _flags(text: str) -> dict[str, str]:
    """ "-d, --detach": what kind of value each flag of a help takes."""
    lines = text.partition("\nOptions:\n")[2].partition("\n\n")[0].splitlines()
    return {match["names"]: match["value"] or "" for match in map(FLAG.match, lines) if match}


def _help(command: str) -> str:
    return _docker("compose", *command.split(), "--help")


def _docker(*words: str) -> str:
    environ = {**os.environ, "COLUMNS": "200"}
    return subprocess.run([CLI, *words], capture_output=True, text=True, check=True, env=environ).stdout


if __name__ == "__main__":
    main()
