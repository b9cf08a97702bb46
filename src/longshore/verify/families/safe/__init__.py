"""Safe: no service works as root, secrets are where they belong and nowhere else, what the file limits is limited, and
what scanners know is told."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.model.errors import ShoreError
from longshore.model.quantities import size_in_bytes
from longshore.model.service import Service
from longshore.verify.check import Check, Subject
from longshore.verify.families.safe import image, leaks, processes, scanners
from longshore.verify.settings import told

__all__ = ["criteria"]

KEYS = ("user", "read-only", "limits", "image-size")


def criteria(subject: Subject) -> tuple[Check, ...]:
    for service in subject.chosen:
        _check_settings(service)
    return tuple(check for part in (processes, image, leaks, scanners) for check in part.checks(subject))


def _check_settings(service: Service) -> None:
    """Raises ShoreError where x-longshore.verify.safe says what nobody understands."""
    found = told(service, "safe")
    if found is None:
        return
    what = f"{service.name}: x-longshore.verify.safe"
    place = service.place("x-longshore.verify.safe", "x-longshore.verify", "x-longshore")
    if not isinstance(found, Mapping) or not set(found) <= set(KEYS):
        raise ShoreError(f"{what} has other keys than it knows", hint=f"there are: {', '.join(KEYS)}", place=place)
    if "user" in found and not str(found["user"]).isdecimal():
        raise ShoreError(f"{what}.user {found['user']!r} is no user id", hint="a number, for example 1001", place=place)
    try:
        size_in_bytes(str(found.get("image-size", "1MB")))
    except ValueError:
        hint = "for example 250MB"
        raise ShoreError(f"{what}.image-size {found['image-size']!r} is no size", hint=hint, place=place) from None
