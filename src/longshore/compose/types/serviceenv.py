"""The environment and the labels of services, with those of their files."""

from __future__ import annotations

import os
from collections import ChainMap
from typing import Any

from longshore.compose.read.envfiles import read_env_file
from longshore.compose.types.project import Project
from longshore.model.errors import ShoreError

__all__ = ["resolve_environments", "resolve_labels"]

Service = dict[str, Any]


def resolve_environments(project: Project, *, discard: bool) -> None:
    """Give each enabled service the variables of its env files, under its own; `discard`: forget the files."""
    for name, service in project.services.items():
        try:
            _environment(project, name, service)
        except ShoreError as error:
            project.problems.add(error.what, error.place, error.hint)
        if discard:
            service.pop("env_file", None)


def _environment(project: Project, name: str, service: Service) -> None:
    own: dict[str, str | None] = dict(service.get("environment", {}))
    for key, value in own.items():
        if value is None:
            own[key] = project.environment.get(key)
    known = {key: value for key, value in own.items() if value is not None}
    lookup = ChainMap(dict(project.environment), dict(known)) if service.get("env_file") else {}
    for index, file in enumerate(service.get("env_file", ())):
        path, required, form = (file, True, "") if isinstance(file, str) else _entry(file)
        if not os.path.exists(path) and not required:
            continue
        place = project.place("services", name, "env_file", index)
        what = f"services.{name}.env_file: the file"
        read_env_file(path, form or _format(project, name, index), known, lookup, project.problems, what, place)
    merged = {**known, **own}
    if merged:
        _put_environment(service, dict(sorted(merged.items())))


def _entry(file: dict[str, Any]) -> tuple[str, bool, str]:
    return file.get("path", ""), bool(file["required"]), file.get("format", "")


def _format(project: Project, name: str, index: int) -> str:
    """The format of a required file, which its printed form does not tell."""
    try:
        form = project.tree["services"][name]["env_file"][index]["format"]
    except (KeyError, IndexError, TypeError):
        return ""
    return form if isinstance(form, str) else ""


def _put_environment(service: Service, environment: dict[str, str | None]) -> None:
    """Set `environment` where Compose prints it: the order of the keys counts for the hash."""
    if "environment" in service:
        service["environment"] = environment
        return
    _insert(service, "environment", environment)


def _insert(service: Service, key: str, value: Any) -> None:
    from longshore.compose.types.shapes import SERVICE

    order = {field: position for position, field in enumerate(SERVICE.fields)}
    items = [*service.items(), (key, value)]
    service.clear()
    service.update(sorted(items, key=lambda item: order.get(item[0], len(order))))


def resolve_labels(project: Project, *, discard: bool) -> None:
    """Give each enabled service the labels of its label files, under its own; `discard`: forget the files."""
    for name, service in project.services.items():
        if "label_file" not in service:
            continue
        known: dict[str, str] = {}
        for index, path in enumerate(service["label_file"]):
            place = project.place("services", name, "label_file", index)
            what = f"services.{name}.label_file: the file"
            try:
                added: dict[str, str] = {}
                read_env_file(path, "", added, known, project.problems, what, place)
                known.update(added)
            except ShoreError as error:
                project.problems.add(error.what, error.place, error.hint)
        labels = dict(sorted({**known, **service.get("labels", {})}.items()))
        if labels and "labels" in service:
            service["labels"] = labels
        elif labels:
            _insert(service, "labels", labels)
        if discard:
            del service["label_file"]
