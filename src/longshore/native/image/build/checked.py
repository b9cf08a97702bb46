"""`# check=error=true` in a Dockerfile, or its like in the build argument BUILDKIT_DOCKERFILE_CHECK: a build in which a
rule is broken is not carried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from longshore.dockerfile.ignore import dockerfile_text, find_ignore
from longshore.dockerfile.lines import read_directives
from longshore.dockerfile.lint.finding import asked_by
from longshore.dockerfile.stages import Resolved
from longshore.model.errors import Place, ShoreError
from longshore.model.service import Build
from longshore.native.image.build.inputs import Inputs

__all__ = ["check_rules"]


async def check_rules(build: Build, given: Mapping[str, str], stages: Iterable[Resolved], inputs: Inputs) -> None:
    """Raises ShoreError with every finding in the `stages` of the build, where its Dockerfile asks for that. What their
    base images set is known by then: an image that is not here is fetched."""
    text, file = dockerfile_text(build)
    if not asked_by(read_directives(text, file).check, given, Place(file, 1)).fails:
        return
    from longshore.dockerfile.lint.lint import lint

    bases = dict.fromkeys(one.image for one in stages if one.image)
    known: dict[str, Mapping[str, str]] = {}
    for base in bases:
        image = None if inputs.directory(base) else await inputs.image(base)
        known[base] = image.config.env if image else {}
    found = lint(
        text, file, given, build.target,
        image=known.get, ignored=find_ignore(Path(build.context), build).takes, contexts=build.additional_contexts,
        building=True,
    )  # fmt: skip
    if found:
        raise ShoreError(
            f"lint violation found for rules: {', '.join(dict.fromkeys(one.rule for one in found))}",
            place=Place(file, found[0].line),
            details=tuple(f"{one.line}: {one.rule}: {one.text}" for one in found),
            hint="correct what is named, or take error=true out of # check= (or BUILDKIT_DOCKERFILE_CHECK)",
        )
