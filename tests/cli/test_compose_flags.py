"""Every command and flag of Docker Compose 2.40.3, as its own help lists them, is there or refused by name."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from longshore.cli import main
from longshore.cli.arguments import Parser, add_globals
from longshore.cli.refused import REFUSED
from longshore.cli.table import COMMANDS

RECORDED = json.loads(Path(__file__).with_name("compose_flags.json").read_text())


def parser_of(command: str) -> Parser:
    """All that a command line of that command may hold; "" stands for what comes before the command."""
    parser = Parser(f"shore {command}")
    if command:
        import_module(f"longshore.cli.commands.{COMMANDS[command].module}").add_arguments(parser)
    add_globals(parser, hidden=bool(command))
    return parser


def missing(command: str, flags: dict[str, str]) -> set[str]:
    """What of a command is not there, or takes a value where Compose's own takes none, or the reverse."""
    if any(f"{command} ".startswith(f"{refused} ") for refused in REFUSED):
        return set()
    if command and command not in COMMANDS:
        return {command}
    parser = parser_of(command)
    found = {flag: parser.option(flag) for names in flags for flag in names.split(", ")}
    takes = {flag: bool(value) for names, value in flags.items() for flag in names.split(", ")}
    return {
        f"{command} {flag}" for flag, option in found.items()
        if option is None or (option.nargs is None) != takes[flag]
    }  # fmt: skip


def test_it_was_recorded_from_the_version_that_we_follow() -> None:
    assert RECORDED["version"] == "2.40.3"
    assert len(RECORDED["commands"]) > 35
    assert sum(map(len, RECORDED["commands"].values())) > 200


@pytest.mark.parametrize("command", RECORDED["commands"])
def test_every_command_and_flag_is_there_or_refused_by_name(command: str) -> None:
    assert not missing(command, RECORDED["commands"][command])


@pytest.mark.parametrize("command", REFUSED)
def test_what_is_refused_says_why_and_stands_on_the_page(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([*command.split(), "x", "--y"]) == 2
    assert f"{command} is not there: {REFUSED[command]}" in " ".join(capsys.readouterr().err.split())
    page = Path(__file__).parents[2] / "docs/reference/commands.md"
    assert f"| `{command}` | {REFUSED[command]} |" in page.read_text()


def test_a_command_or_flag_that_is_neither_there_nor_refused_is_found() -> None:
    assert missing("nothing", {"--x": ""}) == {"nothing"}
    assert missing("up", {"-d, --detach": "", "--new": "string"}) == {"up --new"}
    assert missing("up", {"-d, --detach": "string"}) == {"up -d", "up --detach"}
