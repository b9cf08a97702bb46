"""What to do about a service that failed, where its output or exit code makes the cause likely. Rules as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from longshore.model.record import record
from longshore.model.service import Service

__all__ = ["Failure", "hint_for"]


@record
class Failure:
    """What is known of a failed service: its definition, how it ended (None: it runs, unhealthy), and its last lines.
    `volumes` are named volumes of the stack that hold a database's data."""

    service: Service
    exit_code: int | None
    lines: Sequence[str]
    volumes: tuple[str, ...] = ()
    oom: bool = False


def hint_for(failure: Failure) -> str:
    """The first rule that matches; "" where no cause is likely."""
    for rule in _RULES:
        found = rule.search(failure)
        if found:
            return found
    return ""


@record
class _Rule:
    pattern: str
    say: Callable[[Failure, re.Match[str]], str]

    def search(self, failure: Failure) -> str:
        for line in reversed(failure.lines):
            match = re.search(self.pattern, line, re.IGNORECASE)
            if match:
                return self.say(failure, match)
        return ""


@record
class _CodeRule:
    code: int
    text: str

    def search(self, failure: Failure) -> str:
        return self.text if failure.exit_code == self.code else ""


def _password(failure: Failure, match: re.Match[str]) -> str:
    if not failure.volumes:
        return ""
    volume = failure.volumes[0]
    return (
        f"the volume {volume} may have been made with another password; a database keeps its first one.\n"
        "change it back, or drop the data with: shore down -v"
    )


def _missing_module(failure: Failure, match: re.Match[str]) -> str:
    if not failure.service.build:
        return ""
    return f"the image lacks {match[1]}: add it to the dependencies and run shore up --build"


def _missing_program(failure: Failure, match: re.Match[str]) -> str:
    """Of a health check whose own words name the program."""
    check = failure.service.healthcheck
    if failure.exit_code is not None or check is None or match[1] not in re.split(r"[\s;|&()]+", " ".join(check.test)):
        return ""
    return f"its health check calls {match[1]}, which is not in the image: install it there, or ask in another way"


def _name(failure: Failure, match: re.Match[str]) -> str:
    name = match[1].split(":")[0]
    return f"no service on its networks is called {name}: check the name, and depends_on"


def _said(text: str) -> Callable[[Failure, re.Match[str]], str]:
    return lambda failure, match: text


_RULES: tuple[_Rule | _CodeRule, ...] = (
    _Rule(r"password authentication failed|access denied for user|authentication failed", _password),
    _Rule(r"no module named '?([\w.]+)", _missing_module),
    _Rule(r"cannot find module '([^']+)'", _missing_module),
    _Rule(
        r"(?:^|[\s\"])([\w./-]+)\"?: (?:command not found|not found|no such file|executable file not)", _missing_program
    ),
    _Rule(r"could not translate host name \"([^\"]+)\"", _name),
    _Rule(r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)", _name),
    _Rule(r"no space left on device", _said("the disk is full: make room and start again")),
    _Rule(r"address already in use", _said("two programs of this service want the same port")),
    _Rule(r"read-only file system", _said("it writes where it may not: mount a volume or a tmpfs there")),
    _CodeRule(137, "it was killed from outside, mostly for lack of memory: look at its limits (deploy.resources)"),
    _CodeRule(127, "its command is not in the image: check command and entrypoint"),
    _CodeRule(126, "its command cannot be executed: is the file executable?"),
)
