"""The files of a project as whoever judges them needs them: the stack, and beside it what stands there as written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.flow.home import Where, load_stack, unheard
from longshore.model.errors import Place
from longshore.model.record import record, replace
from longshore.model.service import Service
from longshore.model.stack import Stack

__all__ = ["Reading", "Variable", "read", "variables_of"]


@record
class Variable:
    """A variable that the files name. `required`: they refuse to go on without it; `plain`: they say nothing for the
    case that it is not set or empty."""

    name: str
    required: bool
    plain: bool


@record(hidden=("written",))
class Reading:
    """`written` is the merged model with its variables not yet replaced and its paths as they stand; `warnings` are
    what reading said, with places; `variables` those that the files name."""

    stack: Stack
    written: Any
    warnings: tuple[tuple[str, Place | None], ...]
    variables: Mapping[str, Variable]
    missing: tuple[str, ...] = ()
    """Variables that the files require and that have no value; the stack was read with another in its place."""

    @property
    def services(self) -> Mapping[str, Service]:
        """All services, also those that a profile leaves out."""
        return {**self.stack.services, **self.stack.disabled}

    def place(self, *path: str | int, key: bool = False) -> Place | None:
        """Where the value at `path` (with `key`, its key) stands in the files, or what is nearest above it."""
        from longshore.compose.values.tree import place_of

        return place_of(self.written, path, key=key)

    def as_written(self, *path: str | int) -> Any:
        """The value at `path` with its variables not replaced; None where there is none."""
        value = self.written
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value


STAND_IN = "longshore-stand-in"
"""The value of a required variable that has none, so that the rest of the files can be judged."""


def read(where: Where) -> Reading:
    """Read the files of the project. Raises ShoreError as every command does where they cannot be read; a required
    variable without a value is no reason to."""
    from longshore.compose.load import LoadOptions, load_model
    from longshore.compose.read.sources import find_sources
    from longshore.compose.values.problems import Problems
    from longshore.compose.values.template import all_variables

    sources = find_sources(where.files, where.project_directory, where.env_files, where.environ, Problems(unheard))
    written = load_model(
        LoadOptions(
            files=where.files,
            project_name=where.project,
            project_directory=where.project_directory,
            env_files=where.env_files,
            environ=where.environ,
            interpolate=False,
            normalize=False,
            resolve_paths=False,
            consistency=False,
        )
    )
    variables = all_variables(written)
    missing = tuple(name for name, found in variables.items() if found.required and not sources.environment.get(name))
    heard: list[tuple[str, Place | None]] = []
    environ = {**where.environ, **dict.fromkeys(missing, STAND_IN)}
    stack = load_stack(replace(where, environ=environ), heard=lambda text, place: heard.append((text, place)))
    found = {name: Variable(name, one.required, not one.operator) for name, one in variables.items()}
    return Reading(stack, written, tuple(dict.fromkeys(heard)), found, missing)


def variables_of(text: str) -> tuple[str, ...]:
    """The names of the variables in a text of the files."""
    from longshore.compose.values.template import variables

    return tuple(variable.name for variable in variables(text))
