"""Images without a version."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.model.reference import parse_reference

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    built = {service.image for service in ground.services.values() if service.build}
    for service in ground.services.values():
        image = service.image
        if not image or service.build or image in built or "@sha256:" in image:
            continue
        parsed = parse_reference(image)
        if parsed.version == "latest":
            name = parsed.last
            said = f"{name}:latest" if parsed.tag else f"{name} without a tag, which is latest"
            yield rule.found(
                f"{service.name} runs {said}: what that is changes from day to day",
                service.place("image"),
                service=service.name,
            )


RULE = Rule(
    id="compose.unpinned-image",
    level="warning",
    title="An image has no version",
    why="another version comes in with the next pull, on one machine before the others; a database may refuse its data",
    todo="name a version: postgres:16-alpine in place of postgres:latest",
    check=_check,
    wrong=(
        {"compose.yaml": "services:\n  web: {image: nginx}\n"},
        {"compose.yaml": "services:\n  web: {image: 'nginx:latest'}\n"},
    ),
    right=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27-alpine'}\n"},
        {"compose.yaml": "services:\n  web: {image: 'shop/web:latest', build: .}\n", "Dockerfile": "FROM nginx:1.27\n"},
    ),
)
