"""Base images without a version."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.model.reference import parse_reference

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    for one in ground.build_files:
        for image, line in one.bases:
            if not image or "@sha256:" in image or (str(one.path), line) in seen:
                continue
            if parse_reference(image).version == "latest":
                seen.add((str(one.path), line))
                yield rule.found(
                    f"FROM {image}: what that is changes from day to day",
                    one.parsed.place(line),
                    service=one.service.name,
                )


RULE = Rule(
    id="dockerfile.unpinned-base",
    level="warning",
    title="A base image has no version",
    why="the same source makes another image next week",
    todo="name a version: python:3.12-slim",
    check=_check,
    wrong=({"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM nginx\n"},),
    right=(
        {"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "ARG V=1.27\nFROM nginx:$V AS a\nFROM a\n"},
        {"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM scratch\nCOPY app /app\n"},
    ),
)
