"""Alembic's histories: `alembic.ini` (or [tool.alembic] of pyproject.toml) says where the version files are."""

from __future__ import annotations

import ast
import configparser
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from longshore.migrations.history import History, Revision

__all__ = ["histories"]


def histories(folder: Path) -> Iterator[History]:
    """The histories that settings directly in `folder` name."""
    for script, versions in _locations(folder):
        places = [folder / place for place in versions] or [script / "versions"]
        files = sorted(file for place in places if place.is_dir() for file in place.glob("*.py"))
        found = [revision for file in files if (revision := _revision(file))]
        if found:
            yield History("alembic", str(script), tuple(found))


def _locations(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each script folder, with the version folders that are named in place of its own."""
    try:
        settings = configparser.ConfigParser(interpolation=None)
        settings.read(folder / "alembic.ini")
        for section in settings.sections():
            if settings.has_option(section, "script_location"):
                yield _place(folder, settings[section]["script_location"]), _several(settings[section], folder)
    except (configparser.Error, UnicodeDecodeError):
        pass
    try:
        text = (folder / "pyproject.toml").read_text()
        tool = _tables(text).get("tool", {}).get("alembic", {}) if "alembic" in text else None
    except (OSError, ValueError):
        return
    if isinstance(tool, dict) and isinstance(tool.get("script_location"), str):
        yield _place(folder, tool["script_location"]), []


def _tables(text: str) -> dict[str, Any]:
    """Raises ValueError for what is no TOML."""
    import tomllib  # dear, and few need it

    return tomllib.loads(text)


def _place(folder: Path, text: str) -> Path:
    text = text.replace("%(here)s", str(folder)).replace("%%", "%")
    if ":" in text:  # a package: "myapp:migrations"
        package, _, rest = text.partition(":")
        text = f"{package.replace('.', '/')}/{rest}"
    return folder / text


def _several(section: configparser.SectionProxy, folder: Path) -> list[str]:
    text = section.get("version_locations", "").replace("%(here)s", str(folder))
    separator = {"os": os.pathsep, "space": " ", "newline": "\n", ":": ":", ";": ";"}.get(
        section.get("version_path_separator") or section.get("path_separator") or "space", " "
    )
    return [part.strip() for part in text.split(separator) if part.strip()]


def _revision(file: Path) -> Revision | None:
    """What a version file says; None for one that is no migration or is no Python."""
    try:
        tree = ast.parse(file.read_text())
    except (OSError, ValueError, SyntaxError):
        return None
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    for node in tree.body:
        for name, value in _assigned(node):
            try:
                values[name] = ast.literal_eval(value)
            except ValueError:
                continue
            lines[name] = node.lineno
    revision = values.get("revision")
    if not isinstance(revision, str):
        return None
    parents = [*_texts(values.get("down_revision")), *_texts(values.get("depends_on"))]
    labels = _texts(values.get("branch_labels"))
    return Revision(revision, str(file), tuple(parents), (), lines.get("revision", 1), labels[0] if labels else "")


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, (tuple, list, set)) else []
