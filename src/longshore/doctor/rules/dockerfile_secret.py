"""Secrets in ARG and ENV."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.dockerfile.instructions import Instruction
from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.doctor.ground.secretnames import is_literal_secret, is_secret

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for one in ground.build_files:
        for instruction in one.every:
            if instruction.keyword not in ("ARG", "ENV"):
                continue
            for name, value in _pairs(instruction):
                if _is_one(instruction.keyword, name, value):
                    yield rule.found(
                        f"{instruction.keyword} {name} puts a secret into the image",
                        one.place(instruction),
                        service=one.service.name,
                    )


def _is_one(keyword: str, name: str, value: str) -> bool:
    if keyword == "ARG":
        return is_secret(name)
    return is_literal_secret(name, value) or (is_secret(name) and value.startswith("$"))


def _pairs(instruction: Instruction) -> list[tuple[str, str]]:
    if instruction.keyword == "ARG":
        return [(name, value) for name, _, value in (word.partition("=") for word in instruction.words)]
    return [(name, value.strip("\"'")) for name, value in instruction.pairs]


RULE = Rule(
    id="dockerfile.secret",
    level="error",
    title="A secret in ARG or ENV",
    why="docker history shows it to everyone who has the image",
    todo="RUN --mount=type=secret for a build, the environment of the service at run time",
    check=_check,
    wrong=(
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM nginx:1.27\nENV SECRET_KEY=hunter2\n",
        },
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM nginx:1.27\nARG NPM_TOKEN\nRUN echo $NPM_TOKEN\n",
        },
    ),
    right=(
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM nginx:1.27\nENV LOG_LEVEL=info SECRET_KEY_FILE=/run/secrets/key\n",
        },
    ),
)
