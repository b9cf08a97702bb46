"""Reading `.env` files for the project, and `env_file` and `label_file` for services."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence

from longshore.compose.read import dotenv
from longshore.compose.read.context import read_bytes, shown
from longshore.compose.values.problems import Problems
from longshore.model.errors import Place, ShoreError

__all__ = ["read_env_file", "read_env_files"]


def read_env_files(
    files: Sequence[str], environment: Mapping[str, str], problems: Problems, place: Place | None = None
) -> dict[str, str]:
    """The variables of `files` together; a value may use `environment` and what came before it."""
    known: dict[str, str] = {}
    for file in files:
        path = os.path.abspath(file)
        text = _text(path, "the env file", place)

        def unset(name: str, path: str = path) -> None:
            problems.warn(f"the variable {name} is not set; it is empty here", Place(shown(path)))

        dotenv.parse(text, shown(path), known, environment.get, unset)
    return known


def read_env_file(
    path: str, form: str, known: MutableMapping[str, str], lookup: Mapping[str, str], problems: Problems,
    what: str, place: Place | None,
) -> None:  # fmt: skip
    """Add the variables of a service's file to `known`; `form` is "" (dotenv) or "raw"."""
    text = _text(path, what, place)

    def unset(name: str) -> None:
        problems.warn(f"the variable {name} is not set; it is empty here", Place(shown(path)))

    if form in ("", ".env"):
        dotenv.parse(text, shown(path), known, lookup.get, unset)
    elif form == "raw":
        dotenv.parse_raw(text, shown(path), known, lookup)
    else:
        raise ShoreError(f'"{form}" is not a format of env files', place=place, hint="leave it out, or write raw")


def _text(path: str, what: str, place: Place | None) -> str:
    try:
        return read_bytes(path, what, place).decode()
    except UnicodeDecodeError as error:
        raise ShoreError(f"{what} {shown(path)} is not UTF-8 text: {error.reason}", place=place) from None
