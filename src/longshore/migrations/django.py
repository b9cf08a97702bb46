"""Django's histories: the `migrations` packages of a project's own apps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from longshore.migrations.history import History, Revision

__all__ = ["histories"]

DEPTH = 5
"""Folders below manage.py within which apps are looked for."""
SKIPPED = frozenset({"node_modules", ".venv", "venv", "site-packages", "__pycache__", "tests", ".git"})


def histories(folder: Path) -> Iterator[History]:
    """The history of the Django project whose manage.py is directly in `folder`."""
    if not (folder / "manage.py").is_file():
        return
    revisions: list[Revision] = []
    apps: set[str] = set()
    for package in _packages(folder, DEPTH):
        app = _label(package.parent)
        found = [one for file in sorted(package.glob("*.py")) if (one := _migration(file, app))]
        if found:
            apps.add(app)
            revisions += found
    if revisions:
        yield History("django", str(folder), tuple(revisions), frozenset(apps))


def _packages(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir() or entry.is_symlink() or entry.name in SKIPPED or entry.name.startswith("."):
            continue
        if entry.name == "migrations" and (entry / "__init__.py").exists():
            yield entry
        elif depth > 1:
            yield from _packages(entry, depth - 1)


def _label(app: Path) -> str:
    """The app's label: that of its AppConfig where it gives one, else the folder's name."""
    try:
        tree = ast.parse((app / "apps.py").read_text())
    except (OSError, ValueError, SyntaxError):
        return app.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if "label" in names:
                return str(node.value.value)
    return app.name


def _migration(file: Path, app: str) -> Revision | None:
    try:
        tree = ast.parse(file.read_text())
    except (OSError, ValueError, SyntaxError):
        return None
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            before = tuple(_pairs(node, "dependencies"))
            return Revision(f"{app}.{file.stem}", str(file), before, tuple(_pairs(node, "replaces")), node.lineno, app)
    return None


def _pairs(node: ast.ClassDef, name: str) -> Iterator[str]:
    """The ("app", "name") pairs of a list of the class; what is no plain pair (swappable_dependency) is left out, and
    so are Django's own words for the ends of another app's history."""
    for statement in node.body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if not any(isinstance(target, ast.Name) and target.id == name for target in targets):
            continue
        for item in statement.value.elts if isinstance(statement.value, (ast.List, ast.Tuple)) else ():
            try:
                app, migration = ast.literal_eval(item)
            except (ValueError, TypeError):
                continue
            if migration not in ("__first__", "__latest__"):
                yield f"{app}.{migration}"
