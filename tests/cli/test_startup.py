"""What a command must not load, and how long the shortest may take."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"asyncio", "yaml", "rich", "dataclasses", "subprocess", "logging", "socket", "aiodocker", "aiohttp", "shutil"}


def _loaded(*words: str) -> set[str]:
    program = (
        "import sys\n"
        "from longshore.cli.main import main\n"
        "try:\n"
        f"    main({list(words)!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", _PATH + program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


_PATH = f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}\n"


def test_version_loads_next_to_nothing() -> None:
    loaded = _loaded("version")
    assert not loaded & HEAVY
    rooms = ("model", "engine", "compose", "flow", "native", "docker", "report", "plan", "state")
    assert not any(name.startswith(tuple(f"longshore.{room}" for room in rooms)) for name in loaded)


@pytest.mark.parametrize("command", ["ps", "up", "logs", "down", "exec", "run"])
def test_help_loads_no_engine_and_no_yaml(command: str) -> None:
    loaded = _loaded(command, "-h")
    assert not loaded & (HEAVY - {"shutil"})


def test_commands_are_loaded_one_at_a_time() -> None:
    loaded = {name for name in _loaded("ps", "-h") if name.startswith("longshore.cli.")}
    assert loaded == {
        f"longshore.cli.{name}" for name in ("main", "arguments", "table", "loop", "commands", "commands.ps")
    }


@pytest.mark.e2e
def test_version_is_quick() -> None:
    """80 ms is the bar on a quiet machine. Processor time, and the best of some runs taken in turns with a bare
    interpreter's, says what the program itself costs on a busy one."""
    shore = str(Path(sys.executable).with_name("shore"))
    pairs = [(_spent(shore, "version"), _spent(sys.executable, "-c", "pass")) for _ in range(7)]
    best, bare = min(own for own, _ in pairs), min(bare for _, bare in pairs)
    assert best < max(0.08, 5 * bare), f"{best * 1000:.0f} ms, a bare interpreter {bare * 1000:.0f} ms"


def _spent(*words: str) -> float:
    """Processor time of a program that runs to its end, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
