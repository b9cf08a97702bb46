"""A rule that a Dockerfile breaks, and which rules are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from longshore.model.errors import Place, ShoreError
from longshore.model.gobool import FALSE, TRUE
from longshore.model.record import record

__all__ = ["Asked", "Finding", "asked", "asked_by"]

ARGUMENT = "BUILDKIT_DOCKERFILE_CHECK"
"""The build argument that takes the place of the directive, as with BuildKit."""

ON_REQUEST = frozenset({"CopyIgnoredFile", "InvalidDefinitionDescription"})
"""Rules that hold only where `# check=experimental=…` names them."""
OPTIONS = 3
"""How many options `# check=` takes; what stands after them belongs to the last."""


@record
class Finding:
    """A rule that the instruction from line `line` to line `end` breaks, and what of it."""

    rule: str
    text: str
    line: int
    end: int

    @property
    def address(self) -> str:
        """Where Docker's documentation tells more about the rule."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", self.rule).lower()
        return f"https://docs.docker.com/go/dockerfile/rule/{words}/"


@record
class Asked:
    """What `# check=` asks for. `fails`: a build with findings is not carried out."""

    skipped: frozenset[str] = frozenset()
    on_request: frozenset[str] = frozenset()
    fails: bool = False

    def wants(self, rule: str) -> bool:
        if rule in ON_REQUEST:
            return bool({rule, "all"} & self.on_request)
        return not {rule, "all"} & self.skipped


def asked(text: str, place: Place) -> Asked:
    """The directive's `skip=…;error=…;experimental=…`, which ends at a blank. ShoreError for anything else."""
    found: dict[str, str] = {}
    for part in text.split()[0].split(";", OPTIONS - 1) if text.strip() else ():
        name, equals, value = (word.strip() for word in part.partition("="))
        if not equals or name not in ("skip", "error", "experimental"):
            raise ShoreError(f"check: {part.strip()!r} is not an option", place=place, hint="skip, error, experimental")
        found[name] = value
    fails = found.get("error", "false")
    if fails not in TRUE and fails not in FALSE:
        raise ShoreError(f"check: error={fails} is neither true nor false", place=place, hint="error=true")
    rules = {name: frozenset(rule.strip() for rule in value.split(",")) for name, value in found.items()}
    return Asked(rules.get("skip", frozenset()), rules.get("experimental", frozenset()), fails in TRUE)


def asked_by(directive: str, given: Mapping[str, str], place: Place) -> Asked:
    """What the build argument asks for, else the directive `# check=`. ShoreError as for `asked`."""
    return asked(given.get(ARGUMENT) or directive, place)
