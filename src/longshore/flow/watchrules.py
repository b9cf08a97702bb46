"""What a batch of changed files means under `develop.watch`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from longshore.model.record import factory, record
from longshore.model.service import EMPTY, Hook, Service, WatchRule

__all__ = ["ALWAYS_IGNORED", "Excluded", "Step", "decide", "first_sync", "matches", "roots"]

ALWAYS_IGNORED = (
    "**/.git", "**/.DS_Store", "**/*~",
    "**/.*.sw?", "**/.*.swpx", "**/4913",  # vim
    "**/.#*", "**/#*#",  # Emacs
    "**/.idea", "**/*___jb_tmp___", "**/*___jb_old___", "**/*___jb_bak___",  # JetBrains
    "**/*.kate-swp", "**/.goutputstream-*", "**/*-go-tmp-umask",
)  # fmt: skip
"""What editors and git write beside the files that people mean. Only names that nobody gives a file of his own: not
those of sed -i ("sed" and six letters, as in "sedatives"), nor *.tmp, *.bak, *.new: a rule's `ignore` is for these."""


@record(frozen=False)
class Step:
    """What to do for one service: `copy` and `remove` hold (path here, path in the container) and paths in the
    container; then `commands`, then `restart`. `rebuild` stands for all of it."""

    copy: list[tuple[str, str]] = factory(default_factory=list)
    remove: list[str] = factory(default_factory=list)
    commands: list[Hook] = factory(default_factory=list)
    restart: bool = False
    rebuild: bool = False

    def __bool__(self) -> bool:
        return bool(self.copy or self.remove or self.commands or self.restart or self.rebuild)


def roots(services: Iterable[Service]) -> list[str]:
    """The paths to watch, each once."""
    return sorted({rule.path for service in services for rule in service.watch})


Excluded = Mapping[str, Callable[[str], bool]]
"""By service, whether the `.dockerignore` of its build leaves an absolute path out."""


def decide(services: Iterable[Service], changed: Mapping[str, bool], excluded: Excluded = EMPTY) -> dict[str, Step]:
    """By service, what `changed` (absolute path → whether the file is there now) asks for."""
    found: dict[str, Step] = {}
    for service in services:
        step = Step()
        leaves_out = excluded.get(service.name, _nothing)
        for rule in service.watch:
            for path, there in changed.items():
                if _concerns(rule, path) and not leaves_out(path):
                    _add(step, rule, path, there)
        if step:
            found[service.name] = step
    return found


def first_sync(service: Service) -> list[tuple[str, str]]:
    """What to copy before watching begins, so that the container has what is here: (path here, path there)."""
    return [(rule.path, rule.target) for rule in service.watch if rule.action.startswith("sync") and rule.target]


def _nothing(path: str) -> bool:
    del path
    return False


def _concerns(rule: WatchRule, path: str) -> bool:
    if path != rule.path and not path.startswith(rule.path.rstrip("/") + "/"):
        return False
    inside = path[len(rule.path) :].lstrip("/")
    if matches(inside, (*ALWAYS_IGNORED, *rule.ignore)):
        return False
    return not rule.include or not inside or matches(inside, rule.include)


def _add(step: Step, rule: WatchRule, path: str, there: bool) -> None:
    if rule.action == "rebuild":
        step.rebuild = True
        return
    if rule.action.startswith("sync"):
        inside = path[len(rule.path) :].lstrip("/")
        target = str(PurePosixPath(rule.target, inside)) if inside else rule.target
        if there:
            step.copy.append((path, target))
        else:
            step.remove.append(target)
    if "restart" in rule.action:
        step.restart = True
    if rule.action == "sync+exec" and rule.exec and rule.exec not in step.commands:
        step.commands.append(rule.exec)


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern of .dockerignore's kind matches the path or a folder that it is in; the last one that matches
    decides, and "!" takes back."""
    verdict = False
    for pattern in patterns:
        negated = pattern.startswith("!")
        cleaned = pattern.lstrip("!").strip().strip("/").removeprefix("./")
        if cleaned and _compiled(cleaned).fullmatch(path):
            verdict = not negated
    return verdict


_TOKENS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    for token in re.findall(r"\*\*/?|\*|\?|\[[^\]]*\]|[^*?\[]+|\[", pattern):
        if token.startswith("["):
            parts.append(token if len(token) > 1 else re.escape(token))
        else:
            parts.append(_TOKENS.get(token) or re.escape(token))
    return re.compile("".join(parts) + "(?:/.*)?")
