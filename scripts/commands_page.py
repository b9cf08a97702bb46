#!/usr/bin/env python3
"""Writes docs/reference/commands.md from the parsers themselves; `--check` only says whether it is up to date."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from longshore.cli.arguments import GLOBALS, Parser, Refused
from longshore.cli.refused import REFUSED
from longshore.cli.table import COMMANDS, GROUPS

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/commands.md"

HEAD = """\
# Commands

Made by `scripts/commands_page.py` from the program's own parsers. Commands, flags, variables and exit codes are those
of `docker compose`; what is Longshore's own is marked ●. `shore COMMAND -h` says the same in a terminal.

## Exit codes

| code | meaning |
|---|---|
| 0 | done; a one-shot service that ended with 0 is success |
| 1 | it failed: one line says what and where, the next what to do |
| 2 | the command line is wrong; the nearest command or flag is named |
| 130 | Ctrl-C (also after attached `up` has stopped everything) |
| any | `run`, `exec`, `wait`, `up --exit-code-from`: the exit code of the service's own command |

## Output

Data goes to stdout, status to stderr. `--progress`: `tty` draws in place, `plain` writes a line a change, `json` writes
every event as an object a line, `quiet` only errors; `auto` (the default) is `tty` on a terminal, else `plain`.
`ps --format json` is JSON Lines, `ls` and `images` one array, all in Docker Compose's shapes. Colour follows `--ansi`,
`COMPOSE_ANSI`, `NO_COLOR` and `TERM=dumb`; where the encoding has no ✓ words stand in its place.

## Variables

`COMPOSE_FILE`, `COMPOSE_PATH_SEPARATOR`, `COMPOSE_PROJECT_NAME`, `COMPOSE_PROFILES`, `COMPOSE_ENV_FILES`,
`COMPOSE_DISABLE_ENV_FILE`, `COMPOSE_PROGRESS`, `COMPOSE_ANSI`, `COMPOSE_PARALLEL_LIMIT`, `COMPOSE_IGNORE_ORPHANS`,
`COMPOSE_REMOVE_ORPHANS`, `DOCKER_HOST`, `DOCKER_CONTEXT`, `NO_COLOR`; ● `SHORE_ENGINE`, ● `SHORE_OFFLINE`.

"""

OWN = frozenset({"--engine", "--strict", "--offline", "--debug", "--ports"})
"""Flags that docker compose has not, or with another meaning."""


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## Before or after every command\n\n", _table(_globals()), "\n"]
    for group, title in GROUPS.items():
        parts.append(f"## {title}\n\n")
        for name, command in COMMANDS.items():
            if command.group == group:
                parts.append(_command(name))
    parts.append(_refused())
    return "".join(parts).rstrip() + "\n"


def _refused() -> str:
    """What docker compose has and this program says no to: commands, and flags of the others."""
    lines = ["## Refused by name\n", "What `docker compose` has and there is not here, each with its reason.\n"]
    lines += ["| command or flag | why |", "|---|---|", *(f"| `{name}` | {why} |" for name, why in REFUSED.items())]
    for name in (name for name, command in COMMANDS.items() if command.module):
        parser = _parser(name)
        for action in parser.options():
            if isinstance(action, Refused):
                lines.append(f"| `{name} {', '.join(action.option_strings)}` | {action.reason} |")
    return "\n".join(lines) + "\n"


def _parser(name: str) -> Parser:
    parser = Parser(f"shore {name}")
    import_module(f"longshore.cli.commands.{COMMANDS[name].module}").add_arguments(parser)
    return parser


def _globals() -> list[tuple[str, str]]:
    return [
        (", ".join(flags) + (f" {settings['metavar']}" if "metavar" in settings else ""), settings["help"])
        for flags, settings in GLOBALS
        if settings["help"] != argparse.SUPPRESS
    ]


def _command(name: str) -> str:
    parser = _parser(name)
    usage = parser.format_help().splitlines()[0].removeprefix("usage: ")
    rows = [
        (", ".join(action.option_strings) + (f" {action.metavar or action.dest.upper()}" if action.nargs != 0 else ""),
         action.help or "")
        for action in parser.options()
        if action.help != argparse.SUPPRESS and "--help" not in action.option_strings
    ]  # fmt: skip
    return f"### `{usage}`\n\n{COMMANDS[name].summary}\n\n" + (_table(rows) + "\n" if rows else "")


def _table(rows: list[tuple[str, str]]) -> str:
    lines = ["| flag | |", "|---|---|"]
    for flags, text in rows:
        mark = " ●" if OWN & set(flags.replace(",", "").split()) else ""
        shown = flags.replace("|", "\\|")
        lines.append(f"| `{shown}`{mark} | {text} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE} is out of date: run scripts/commands_page.py")
    PAGE.write_text(page())
