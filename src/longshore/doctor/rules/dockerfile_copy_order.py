"""Code that is copied before dependencies are installed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from longshore.dockerfile.instructions import Instruction
from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground

__all__ = ["RULE"]

_INSTALL = re.compile(
    r"\b(?:pip3?\s+install|uv\s+(?:sync|pip\s+install)|poetry\s+install|pipenv\s+(?:install|sync)|npm\s+(?:ci|install|i)\b"
    r"|pnpm\s+(?:i|install|fetch)\b|yarn(?:\s+install|\s*$|\s*&&)|go\s+mod\s+download|bundle\s+install"
    r"|composer\s+install|cargo\s+fetch|mvn\s+\S*dependency)"
)
_OWN = re.compile(r"install\s+(?:-\S+\s+|--\S+\s+)*(?:-e\s+)?\.(?:\s|$|\[)")
"""`pip install .`: the code itself is what is installed."""


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    for one in ground.build_files:
        copied: Instruction | None = None
        for instruction in one.instructions:
            if instruction.keyword in ("COPY", "ADD") and instruction.flag("from") is None and _all(instruction):
                copied = copied or instruction
            elif instruction.keyword == "RUN" and copied and _installs(instruction):
                if (str(one.path), copied.number) not in seen:
                    seen.add((str(one.path), copied.number))
                    yield rule.found(
                        f"the whole source is copied before dependencies are installed (line {instruction.number})",
                        one.place(copied),
                        service=one.service.name,
                    )
                break


def _all(instruction: Instruction) -> bool:
    return instruction.words[0] in (".", "./") and len(instruction.words) == 2


def _installs(instruction: Instruction) -> bool:
    return bool(_INSTALL.search(instruction.line)) and not _OWN.search(instruction.line)


RULE = Rule(
    id="dockerfile.copy-before-dependencies",
    level="warning",
    title="The source is copied before dependencies are installed",
    why="every change of the code installs all dependencies again",
    todo="copy the lock file alone, install, then COPY . .",
    check=_check,
    wrong=(
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pip install -r requirements.txt\n",
        },
    ),
    right=(
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
            "COPY . .\n",
        },
    ),
)
