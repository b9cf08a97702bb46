"""Plays cases: makes their files in a folder of their own, runs their lines there, makes what came out comparable."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tests.cases.table import Answer, Case
from tests.docker.dockerd import CLI
from tests.users import User

__all__ = ["Form", "as_they_come", "cleaner", "play", "played", "told"]

TOOLS = Path(__file__).parent / "tools"
LINE_SECONDS = 240
PORTS = ("PORT1", "PORT2")
ERR_LINES = 3
PROGRESS = re.compile(r" (Container|Network|Volume|Image) .*|.*#\d+ .*")
TIMED_OUT = 124


@dataclass
class Form:
    """One way to reach the command under test. `base`: a short path of its own where cases may make folders."""

    name: str
    command: tuple[str, ...]
    base: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    user: User | None = None
    run: str = field(default_factory=lambda: f"lc{uuid.uuid4().hex[:5]}")

    def prepare(self) -> None:
        """Make the folder of tools: `X`, `state`, `till`."""
        tools = self.base / "bin"
        tools.mkdir(parents=True, exist_ok=True)
        for each in TOOLS.iterdir():
            shutil.copy(each, tools / each.name)
        (tools / "X").write_text(f'#!/bin/sh\nexec {" ".join(self.command)} "$@"\n')
        (tools / "X").chmod(0o755)
        self.give(self.base)

    def give(self, path: Path) -> None:
        if self.user:
            self.user.give(path)

    def argv(self, line: str) -> list[str]:
        return [*(self.user.prefix if self.user else ()), "bash", "-c", line]

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("COMPOSE_", "SHORE_", "XDG_"))}
        tools = str(self.base / "bin")
        python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
        path = f"{tools}:{'/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}"
        return {**kept, "TOOLS": tools, "PYTHON": python, "PATH": path, "COLUMNS": "200", **self.environ}


def played(form: Form, chosen: Iterable[Case], jobs: int = 4) -> dict[str, tuple[Answer, ...]]:
    """Play cases, some at a time; the answers by the case's name."""
    return {case.name: answers for case, (answers,) in as_they_come(form, chosen, jobs)}


def as_they_come(
    form: Form, chosen: Iterable[Case], jobs: int = 4, times: int = 1
) -> Iterator[tuple[Case, tuple[tuple[Answer, ...], ...]]]:
    """Play cases, some at a time, each `times` times in a row; every case with its answers as soon as it is done."""
    form.prepare()

    def one(number: int, case: Case) -> tuple[Case, tuple[tuple[Answer, ...], ...]]:
        return case, tuple(play(form, case, f"{form.run}x{number}{'ab'[turn]}") for turn in range(times))

    with ThreadPoolExecutor(jobs) as pool:
        waited = [pool.submit(one, number, case) for number, case in enumerate(chosen)]
        for future in as_completed(waited):
            yield future.result()


def play(form: Form, case: Case, project: str) -> tuple[Answer, ...]:
    """Play one case in a folder that gives the project its name; nothing of it is left."""
    folder = form.base / project
    ports = {name: str(_free_port()) for name in PORTS}
    clean = cleaner(project, folder, ports)
    _make(folder, case.files)
    form.give(folder)
    try:
        return tuple(_line(form, line, folder, ports, clean) for line in case.run)
    finally:
        _sweep(form, folder, project)


def _make(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(mode=0o755)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _line(form: Form, line: str, folder: Path, ports: Mapping[str, str], clean: Callable[[str], str]) -> Answer:
    code, out, err = _shell(form, line, folder, ports)
    return Answer(code, clean(out), told(clean(err)) if code else "")


def told(err: str) -> str:
    """The last lines on stderr that are no progress."""
    return "\n".join([line for line in err.splitlines() if not PROGRESS.fullmatch(line)][-ERR_LINES:])


def _shell(form: Form, line: str, folder: Path, more: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a line; what it left running when its time is over is ended with its whole process group."""
    process = subprocess.Popen(
        form.argv(line), cwd=folder, env={**form.environment, **more}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=LINE_SECONDS)
        return process.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return TIMED_OUT, f"{out}\n(not done after {LINE_SECONDS} s)", err


def _sweep(form: Form, folder: Path, project: str) -> None:
    """Take the project away, on Docker also what its own command would leave."""
    _shell(form, f"X -p {project} --profile '*' down -v --remove-orphans -t 0", folder, {})
    if "DOCKER_HOST" in form.environ:
        for kind, remove in (("container", "rm -fv"), ("volume", "rm -f"), ("network", "rm")):
            every = " -a" if kind == "container" else ""
            label = f"--filter label=com.docker.compose.project={project}"
            _shell(form, f"{CLI} {kind} ls{every} -q {label} | xargs -r {CLI} {kind} {remove}", folder, {})
    shutil.rmtree(folder, ignore_errors=True)


def cleaner(project: str, folder: Path, ports: Mapping[str, str]) -> Callable[[str], str]:
    """What makes texts of different runs comparable: the project is P, its folder HERE, an id ID, a port its name."""
    rules = [(re.escape(str(folder)), "HERE"), (re.escape(project), "P")]
    rules += [(rf"\b{port}\b", name) for name, port in ports.items()]
    rules += [(r"\b[0-9a-f]{64}\b", "ID"), (r"\b(?=\d*[a-f])[0-9a-f]{12}\b", "ID"), (r"[ \t\r]+$", "")]

    def clean(text: str) -> str:
        for pattern, word in rules:
            text = re.sub(pattern, word, text, flags=re.MULTILINE)
        return text.strip("\n")

    return clean


_taken: set[int] = set()
_taking = threading.Lock()


def _free_port() -> int:
    """A port that nobody listens on, below those that the kernel gives out, given only once by this process."""
    with _taking:
        return next(port for port in _candidates() if port not in _taken and not _taken.add(port))  # type: ignore[func-returns-value]


def _candidates() -> Iterator[int]:
    start = 20000 + os.getpid() % 8000
    for port in range(start, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            yield port
