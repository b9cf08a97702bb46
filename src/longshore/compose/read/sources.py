"""Which files are read, from which folder, with which environment: as `docker compose` finds them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from longshore.compose.read.context import shown
from longshore.compose.read.envfiles import read_env_files
from longshore.compose.read.paths import join
from longshore.compose.read.quickname import NAMES, OVERRIDES
from longshore.compose.values.problems import Problems
from longshore.model.errors import ShoreError, UsageError

__all__ = ["NoComposeFile", "Sources", "find_sources", "process_environment"]


class NoComposeFile(ShoreError):
    """No file was named and none was found."""


class Sources(NamedTuple):
    """Absolute files ("-" is standard input), the project's folder, and its environment: the process's over the
    env files'."""

    files: tuple[str, ...]
    working_dir: str
    environment: dict[str, str]
    env_files: tuple[str, ...]


def _current_folder(process: Mapping[str, str]) -> str:
    """The current folder by the name it was entered with: PWD, where that is right."""
    pwd = process.get("PWD", "")
    if pwd.startswith("/"):
        try:
            if os.path.samefile(pwd, "."):
                return pwd
        except OSError:
            pass
    return os.getcwd()


def process_environment() -> dict[str, str]:
    """This process's environment as it was started with: Python itself may have added LC_CTYPE (PEP 538)."""
    environment = dict(os.environ)
    if environment.get("LC_CTYPE") == "C.UTF-8" and not _was_given("LC_CTYPE"):
        del environment["LC_CTYPE"]
    return environment


def _was_given(name: str) -> bool:
    try:
        with open("/proc/self/environ", "rb") as file:
            return any(entry.startswith(f"{name}=".encode()) for entry in file.read().split(b"\0"))
    except OSError:
        return True


def find_sources(
    files: Sequence[str], directory: str, env_files: Sequence[str], process: Mapping[str, str], problems: Problems
) -> Sources:
    """What to read for these options. Raises ShoreError when there is no Compose file."""
    cwd = _current_folder(process)
    environment = {"PWD": cwd, **process}
    directory = join(cwd, directory) if directory and not directory.startswith("/") else directory
    explicit = tuple(env_files) or tuple(e for e in environment.get("COMPOSE_ENV_FILES", "").split(",") if e)
    wanted = tuple(files)
    read = _add_env_files(environment, explicit, directory or _folder_of(wanted, cwd), (), problems)
    paths = wanted or _from_variable(environment) or _discover(directory or cwd, problems)
    if not paths:
        raise NoComposeFile(
            f"there is no Compose file in {directory or cwd}",
            hint=f"it is called {' or '.join(NAMES[:1] + NAMES[2:3])}; name another one with -f",
        )
    absolute = tuple(p if p == "-" else join(cwd, p) if not p.startswith("/") else p for p in paths)
    folder = directory or _folder_of(absolute, cwd)
    read = _add_env_files(environment, explicit, folder, read, problems)
    return Sources(absolute, os.path.normpath(folder), environment, read)


def _folder_of(files: Sequence[str], cwd: str) -> str:
    for file in files:
        if file != "-":
            return os.path.dirname(file if file.startswith("/") else join(cwd, file))
    return cwd


def _add_env_files(
    environment: dict[str, str], explicit: tuple[str, ...], folder: str, before: tuple[str, ...], problems: Problems
) -> tuple[str, ...]:
    files = explicit or _default_env_file(environment, folder) or before
    if files and files != before:
        for key, value in read_env_files(files, environment, problems).items():
            environment.setdefault(key, value)
    return files


def _default_env_file(environment: Mapping[str, str], folder: str) -> tuple[str, ...]:
    disabled = environment.get("COMPOSE_DISABLE_ENV_FILE", "")
    if disabled.lower() in ("1", "t", "true"):
        return ()
    if disabled.lower() not in ("", "0", "f", "false"):
        raise UsageError(f'COMPOSE_DISABLE_ENV_FILE is "{disabled}", which is neither true nor false')
    path = join(folder, ".env")
    return (path,) if os.path.exists(path) and not os.path.isdir(path) else ()


def _from_variable(environment: Mapping[str, str]) -> tuple[str, ...]:
    value = environment.get("COMPOSE_FILE")
    if value is None:
        return ()
    paths = value.split(environment.get("COMPOSE_PATH_SEPARATOR") or os.pathsep)
    missing = [path for path in paths if path != "-" and not os.path.exists(path)]
    if missing:
        what = f'COMPOSE_FILE names "{missing[0]}", which does not exist'
        raise ShoreError(what, hint="change or unset COMPOSE_FILE")
    return tuple(paths)


def _discover(start: str, problems: Problems) -> tuple[str, ...]:
    """The first Compose file at `start` or above it, and its override file."""
    folder = start
    while True:
        found = _existing(folder, NAMES)
        if found:
            overrides = _existing(folder, OVERRIDES)
            for several in (found, overrides):
                if len(several) > 1:
                    problems.warn(f"there are {' and '.join(map(shown, several))}; {shown(several[0])} is used")
            return (*found[:1], *overrides[:1])
        parent = os.path.dirname(folder)
        if parent == folder:
            return ()
        folder = parent


def _existing(folder: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(path for name in names if os.path.exists(path := join(folder, name)))
