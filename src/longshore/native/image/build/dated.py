"""The moment that a build counts as, where it is told one by SOURCE_DATE_EPOCH (https://reproducible-builds.org)."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.model.variables import valued

__all__ = ["given_values", "source_date"]

_NAME = "SOURCE_DATE_EPOCH"
_LAST = 253_402_300_799
"""The end of the year 9999: no later moment can be written down in an image."""


def given_values(build: Build, options: BuildOptions, stack: Stack) -> dict[str, str]:
    """The values of a build's arguments: the file's, above them the command line's. The environment's moment is as
    good as one that is given, as with buildx."""
    moment = stack.environment.get(_NAME)
    merged = {**({_NAME: moment} if moment else {}), **build.given, **options.args}
    return valued(merged, stack.environment)


def source_date(given: Mapping[str, str]) -> int | None:
    """Seconds since 1970, or None where no moment is given. ShoreError for what is none."""
    text = given.get(_NAME, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST):
        raise ShoreError(f"{_NAME}={text} is no moment", hint="give whole seconds since 1970, or leave it out")
    return int(text)
