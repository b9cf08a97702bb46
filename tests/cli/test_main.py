"""Finding the command: help, wrong usage, global options at either place, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import longshore
from longshore.cli.arguments import Parser, add_globals
from longshore.cli.entry import entry
from longshore.cli.table import COMMANDS, GROUPS
from longshore.flow import home
from longshore.flow.home import Where
from longshore.model.stack import Stack
from tests.cli.conftest import Stage
from tests.cli.scenes import gallery


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        (["upp"], "✗ 'upp' is not a command", "  did you mean up?"),
        (["xyzzy"], "✗ 'xyzzy' is not a command", "  see shore -h"),
        (["up", "--wiat"], "✗ shore up: unknown flag --wiat", "  did you mean --wait?"),
        (["--profle", "x", "up"], "✗ shore: unknown flag --profle", "  did you mean --profile?"),
        (["version", "now"], "✗ shore version: 'now' is one argument too many", "  see shore version -h"),
        (["logs", "--tail"], "✗ shore logs: argument -n/--tail: expected one argument", "  see shore logs -h"),
        (["logs", "--tail", "x"], "✗ --tail: 'x' is not a number of lines", '  a number, or "all"'),
        (["logs", "--since", "soon"], "✗ --since: 'soon' is not a time",
         "  for example 10m, 2h30m, 2026-01-31 or 2026-01-31T12:00:00Z"),
        (["up", "-d", "--exit-code-from", "x"], "✗ --detach and --exit-code-from exclude each other", None),
        (["up", "--build", "--no-build"], "✗ --build and --no-build exclude each other", None),
        (["exec", "web"], "✗ shore exec: no command", "  for example shore exec SERVICE sh"),
        (["volume", "rm"], "✗ shore volume rm: no volume is named", "  see shore volume ls"),
        (["kill", "-s", "SIGTREM"], "✗ --signal: 'SIGTREM' is not a signal", "  did you mean SIGTERM?"),
        (["publish", "x"], "✗ shore publish is not there: a stack is handed on with its sources (git): no Compose file "
                           "is kept in a registry, nor run from one", "  docker compose publish has it"),
        (["up", "--menu=perhaps"], "✗ shore up: --menu: 'perhaps' is neither true nor false", None),
        (["run", "-P", "-p", "80", "web"], "✗ --service-ports and --publish exclude each other", None),
        (["ps", "--filter", "name=x"], "✗ --filter: 'name=x' is not a filter", None),
    ],
)  # fmt: skip
def test_wrong_usage_is_two_lines_and_2(shore: Stage, words: list[str], first: str, second: str | None) -> None:
    said = shore(*words)
    lines = said.err.splitlines()
    assert (said.code, said.out, lines[0]) == (2, "", first)
    assert second is None or lines[1:] == [second]


def test_an_engine_that_does_not_exist(shore: Stage) -> None:
    said = shore("--engine", "podman", "ps")
    assert said.code == 2
    assert said.err.splitlines() == [
        "✗ --engine: 'podman' is not an engine",
        "  one of auto, native, docker",
    ]


@pytest.mark.parametrize("words", [["--version"], ["-v"], ["version"]])
def test_version(shore: Stage, words: list[str]) -> None:
    assert shore(*words).out == f"Longshore version {longshore.__version__}\n"


def test_version_for_programs(shore: Stage) -> None:
    assert shore("version", "--short").out == f"{longshore.__version__}\n"
    assert shore("version", "--format", "json").out == f'{{"version":"v{longshore.__version__}"}}\n'


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"], ["help"]])
def test_help_lists_every_command_by_group(shore: Stage, words: list[str]) -> None:
    said = shore(*words)
    assert said.code == 0
    for name, command in COMMANDS.items():
        assert (f"  {name:<12}{command.summary}" in said.out) == bool(command.group)
    assert all(f"{title}:" in said.out for title in GROUPS.values())


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.group])
def test_every_command_tells_its_usage(shore: Stage, name: str) -> None:
    for said in (shore(name, "-h"), shore("help", name)):
        assert said.code == 0
        assert said.out.startswith(f"usage: shore {name} [options]")
        assert COMMANDS[name].summary in said.out
        assert all(len(line) <= 110 for line in said.out.splitlines())


def _seen(monkeypatch: pytest.MonkeyPatch) -> list[Where]:
    seen: list[Where] = []

    def load(where: Where, services: object = ()) -> Stack:
        seen.append(where)
        return gallery().stack

    monkeypatch.setattr(home, "load_stack", load)
    return seen


@pytest.mark.parametrize(
    "words",
    [
        ["-f", "a.yaml", "-f", "b.yaml", "-p", "x", "--profile", "dev", "build", "--dry-run"],
        ["--profile", "dev", "-f", "a.yaml", "build", "-f", "b.yaml", "-p", "x", "--dry-run"],
        ["--dry-run", "build", "--file", "a.yaml", "--file=b.yaml", "--project-name", "x", "--profile=dev"],
    ],
)
def test_global_options_stand_before_or_after_the_command(
    shore: Stage, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    seen = _seen(monkeypatch)
    said = shore(*words)
    assert (said.code, said.out.split()[1]) == (0, "build")
    (where,) = seen
    assert (where.files, where.project, where.profiles) == (("a.yaml", "b.yaml"), "x", ("dev",))


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["ps", "--orphans", "web"], "orphans", True),
        (["ps", "--orphans=false", "web"], "orphans", False),
        (["ps", "--orphans=0", "--orphans", "web"], "orphans", True),
        (["ps", "-a=F", "web"], "all", False),
        (["run", "-i", "web", "--rm=false"], "rm", False),
        (["run", "-i=false", "--rm=true", "web", "ls"], "interactive", False),
        (["run", "-e", "A=-i=false", "web"], "interactive", True),
        (["up", "--menu=false", "--no-color=true"], "no_color", True),
        (["up", "web", "--dry-run=false"], "dry_run", False),
    ],
)
def test_switches_take_their_value_with_an_equals_sign_alone(words: list[str], name: str, value: bool) -> None:
    parser = Parser("shore")
    import_module(f"longshore.cli.commands.{words[0]}").add_arguments(parser)
    add_globals(parser, hidden=True)
    args = parser.read(words[1:])
    assert getattr(args, name, False) is value
    if "web" in words:
        assert "web" in (getattr(args, "service", ""), *getattr(args, "services", ()))


def test_a_commands_own_flag_wins_after_it(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d")
    assert shore("exec", "-T", "db", "ls", "-f", "x", "-p").code == 0
    assert scene.engine.calls[-1] == "exec demo-db-1 ls -f x -p tty=False"


def test_an_unforeseen_error_is_one_line_without_debug(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(where: Where, services: object = ()) -> Stack:
        raise RuntimeError("the moon\nis full")

    monkeypatch.setattr(home, "load_stack", load)
    said = shore("build")
    assert said.code == 1
    assert said.err.splitlines() == [
        "✗ RuntimeError: the moon is full",
        "  run it again with --debug for the traceback",
    ]
    assert "Traceback (most recent call last)" in shore("--debug", "build").failure


def test_an_operating_system_error_names_the_file(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(where: Where, services: object = ()) -> Stack:
        raise PermissionError(13, "Permission denied", "/etc/shadow")

    monkeypatch.setattr(home, "load_stack", load)
    assert shore("build").failure.splitlines()[0] == "✗ permission denied: /etc/shadow"


def test_ctrl_c_ends_with_130(shore: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(where: Where, services: object = ()) -> Stack:
        raise KeyboardInterrupt

    monkeypatch.setattr(home, "load_stack", load)
    said = shore("build")
    assert (said.code, said.err) == (130, "")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    shore = f"{Path(sys.executable).with_name('shore')}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shore} -h | true; echo $?"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")


def test_no_place_for_pictures(tmp_path: Path) -> None:
    """Where the encoding has no ✗, words stand in its place."""
    done = subprocess.run(
        [Path(sys.executable).with_name("shore"), "upp"], capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.stderr.splitlines()[0] == "failed: 'upp' is not a command"


def test_main_is_what_the_program_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves by os._exit: nothing comes after it."""
    ended: list[int] = []
    monkeypatch.setattr(sys, "argv", ["shore", "version", "--shrot"])
    monkeypatch.setattr(os, "_exit", ended.append)
    entry()
    assert ended == [2]


def test_options_and_services_in_any_order(shore: Stage) -> None:
    scene = shore.set(gallery())
    assert shore("up", "db", "-d", "backend", "--wait").code == 0
    assert set(scene.engine.containers) == {"demo-db-1", "demo-backend-1"}
    assert shore("logs", "db", "--tail", "1", "backend").out.count("\n") == 2
    assert shore("down", "-vt", "5", "db").code == 0
    assert "demo-db-1" not in scene.engine.containers
    assert shore("logs", "-n1", "--", "backend").code == 0


def test_the_reference_of_commands_is_up_to_date() -> None:
    script = Path(__file__).resolve().parents[2] / "scripts/commands_page.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
