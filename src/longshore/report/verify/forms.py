"""The forms in which a verification can be had, by name and by the end of a file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

from longshore.model.errors import UsageError
from longshore.verify.result import Report

__all__ = ["ENDINGS", "FORMS", "form_of", "rendered"]

FORMS: Mapping[str, tuple[str, str]] = {
    "json": ("document", "as_json"),
    "junit": ("junit", "as_junit"),
    "markdown": ("markdown", "as_markdown"),
    "sarif": ("sarif", "as_sarif"),
    "html": ("page", "as_html"),
}
"""By name: the module of this package, loaded when it is asked for, and its function."""

ENDINGS: Mapping[str, str] = {
    ".json": "json", ".xml": "junit", ".md": "markdown", ".sarif": "sarif", ".html": "html", ".htm": "html",
}  # fmt: skip
"""By the end of a file's name: the form that it has."""


def form_of(file: str) -> str:
    """The form that a file of that name has. Raises UsageError where its end says none."""
    for ending, form in ENDINGS.items():
        if file.lower().endswith(ending):
            return form
    raise UsageError(f"--report {file}: the name does not say the form", hint=f"end it with {', '.join(ENDINGS)}")


def rendered(report: Report, form: str) -> str:
    """The report in a form of FORMS."""
    module, name = FORMS[form]
    function: Callable[[Report], str] = getattr(import_module(f"{__package__}.{module}"), name)
    return function(report)
