"""`.env` and `.env.example` that say different things."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.dotenv import keys_of
from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.model.errors import Place

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    env, example = ground.folder / ".env", ground.folder / ".env.example"
    ours, theirs = ground.text(env), ground.text(example)
    if ours is None or theirs is None:
        return
    set_here, shown_there = keys_of(ours), keys_of(theirs, commented=True)
    for key, line in set_here.items():
        if key not in shown_there:
            text = f"{key} is set in .env, and .env.example does not have it"
            yield rule.found(text, Place(ground.shown(env), line))
    for key, line in keys_of(theirs).items():
        if key not in set_here:
            text = f"{key} is in .env.example, and .env does not set it"
            yield rule.found(text, Place(ground.shown(example), line), todo="set it in .env, or take it out there")


RULE = Rule(
    id="env.example-differs",
    level="warning",
    title="`.env` and `.env.example` differ in their keys",
    why="the next one who sets the project up misses a setting, or sets one that is of no use",
    todo="add it to .env.example, without its value",
    check=_check,
    wrong=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n", ".env": "A=1\nB=2\n", ".env.example": "A=\n"},
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n", ".env": "A=1\n", ".env.example": "A=\nB=\n"},
    ),
    right=(
        {"compose.yaml": "services:\n  web: {image: 'nginx:1.27'}\n", ".env": "A=1\n", ".env.example": "A=\n# B=\n"},
    ),
)
