"""The project's name: -p, else COMPOSE_PROJECT_NAME, else `name:` of the files, else the folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from longshore.compose.read.quickname import normalize_name
from longshore.compose.read.yaml import Document
from longshore.compose.values.problems import Problems
from longshore.compose.values.template import substitute
from longshore.compose.values.tree import Map, place_of
from longshore.model.errors import Place, ShoreError

__all__ = ["project_name"]


def project_name(
    asked: str, environment: Mapping[str, str], documents: Iterable[Document], folder: str, *,
    interpolate: bool, normalize: bool, problems: Problems,
) -> str:  # fmt: skip
    """The name of the project. Raises ShoreError when it is not a name."""
    given = asked or environment.get("COMPOSE_PROJECT_NAME", "")
    if given:
        return _checked(given, "-p" if asked else "COMPOSE_PROJECT_NAME")
    written, place = _written(documents)
    if not written:
        return normalize_name(os.path.basename(folder))
    name = substitute(written, environment) if interpolate and "$" in written else written
    name = normalize_name(name) if normalize else name
    if not name:
        raise ShoreError(f'name: "{written}" leaves no name for the project', place=place, hint="give one with -p")
    return name


def _written(documents: Iterable[Document]) -> tuple[str, Place | None]:
    """The last `name:` of the files."""
    name, place = "", None
    for document in documents:
        tree = document.tree
        if isinstance(tree, Map) and isinstance(tree.get("name"), str) and tree["name"]:
            name, place = tree["name"], place_of(tree, ("name",))
    return name, place


def _checked(name: str, source: str) -> str:
    if normalize_name(name) != name:
        raise ShoreError(
            f'"{name}" ({source}) is not a project name',
            hint=f'it has lower case letters, digits, - and _: "{normalize_name(name) or "project"}"',
        )
    return name
