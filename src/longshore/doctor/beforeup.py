"""The part of the examination that runs in every `up`: histories of migrations that no tool can apply. Nothing is
loaded for a project without any."""

from __future__ import annotations

import os
from pathlib import Path

from longshore.flow.home import Where
from longshore.migrations.find import BELOW, sources_of
from longshore.model.errors import ShoreError, all_in_one
from longshore.model.stack import Stack

__all__ = ["check_before_up"]

MARKS = ("alembic.ini", "manage.py")


def check_before_up(where: Where, stack: Stack) -> None:
    """Raises ShoreError with all that is wrong and not silenced, each with its files and what to do."""
    sources = {folder for service in stack.services.values() for folder in sources_of(service)}
    if not any(_has_migrations(source) for source in sources):
        return
    from longshore.doctor.examine import findings_of
    from longshore.doctor.ground.project import Ground
    from longshore.doctor.rules import rules_before_up
    from longshore.doctor.silence import sort_out

    ground = Ground.of(where, stack)
    shown, _ = sort_out(findings_of(ground, rules_before_up()), ground)
    errors = [ShoreError(finding.text, hint=finding.todo, place=finding.place) for finding in shown]
    if errors:
        raise all_in_one(errors)


def _has_migrations(source: Path) -> bool:
    for name in BELOW:
        folder = os.path.join(source, name)  # noqa: PTH118 - on the way of every `up`
        if any(os.path.exists(f"{folder}/{mark}") for mark in MARKS):  # noqa: PTH110
            return True
        settings = Path(folder, "pyproject.toml")
        try:
            if "[tool.alembic]" in settings.read_text():
                return True
        except (OSError, UnicodeDecodeError):
            continue
    return False
