"""What is known of services' health checks without starting anything."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from longshore.dockerfile.instructions import Instruction
from longshore.doctor.ground.project import Ground
from longshore.model.healthcheck import HealthCheck
from longshore.model.reference import parse_reference
from longshore.model.service import Service

__all__ = ["effective", "has_check", "lacks", "may_have_check", "program_of"]

WATCHED = ("curl", "wget", "nc", "netcat", "pg_isready", "redis-cli", "mysqladmin", "mongosh", "mongo", "python",
           "python3", "node", "bash", "ps", "ping", "telnet", "http", "httpie")  # fmt: skip
"""Programs whose presence in well-known images is known."""

_BUSYBOX = frozenset({"wget", "nc", "ps", "ping"})
_DEBIAN = frozenset({"bash"})
OWN: dict[str, set[str]] = {
    "postgres": {"pg_isready"}, "redis": {"redis-cli"}, "valkey": {"redis-cli", "valkey-cli"},
    "python": {"python", "python3"}, "node": {"node"}, "nginx": {"curl"},
}  # fmt: skip
"""By the last part of an image's name, what the official image has beside its base."""

WITHOUT_CHECK = frozenset({*OWN, "mysql", "mariadb", "mongo", "rabbitmq", "memcached", "debian", "ubuntu", "alpine"})
"""Official images that declare no health check of their own."""


def effective(service: Service, ground: Ground) -> HealthCheck | None:
    """The check that will run, as far as the files tell: the Compose file's, else the Dockerfile's."""
    own = service.healthcheck
    if own and (own.disable or own.test):
        return own if own.active else None
    build = ground.build_file(service.name)
    line = build.last("HEALTHCHECK") if build else None
    if line is None or line.words[0].upper() != "CMD":
        return None
    return HealthCheck(("CMD" if line.json else "CMD-SHELL", *line.words[1:]))


def has_check(service: Service, ground: Ground) -> bool:
    """Whether a health check is seen in the files."""
    return effective(service, ground) is not None


def may_have_check(service: Service, ground: Ground) -> bool:
    """Whether the service can be healthy: a check is seen, or its image, which nobody has looked into, may have one.
    The official images of the catalogue have none."""
    if has_check(service, ground):
        return True
    if service.healthcheck and service.healthcheck.disable:
        return False
    build = ground.build_file(service.name)
    if service.build and build is None:
        return True
    base = build.base if build else service.image
    return bool(base) and parse_reference(base).last not in WITHOUT_CHECK


def program_of(test: Sequence[str]) -> str:
    """The program that a check runs first; "" where it is not plain to see."""
    if len(test) < 2:
        return ""
    if test[0] == "CMD":
        return test[1].rpartition("/")[2] if "$" not in test[1] else ""
    try:
        words = shlex.split(test[1])
    except ValueError:
        return ""
    first = next((word for word in words if "=" not in word.partition("/")[0]), "")
    return first.rpartition("/")[2] if "$" not in first else ""


def lacks(service: Service, program: str, ground: Ground) -> bool:
    """Whether it is known that the service's image does not have the program. Where a step of the Dockerfile names it,
    or copies programs in, it is not known."""
    if program not in WATCHED:
        return False
    build = ground.build_file(service.name)
    if service.build and build is None:
        return False
    image = build.base if build else service.image
    if build and any(_brings(one, program) for one in build.instructions):
        return False
    known = _programs(image)
    return known is not None and program not in known


def _brings(instruction: Instruction, program: str) -> bool:
    texts = (instruction.line, *(heredoc.content for heredoc in instruction.heredocs))
    if instruction.keyword == "RUN":
        return any(re.search(rf"(?<![\w-]){re.escape(program)}(?![\w-])", text) for text in texts) or any(
            re.search(r"\.sh\b|netcat|procps|iputils|postgresql-client|redis-tools|default-mysql-client", text)
            for text in texts
        )
    return instruction.keyword in ("COPY", "ADD") and program in instruction.line


def _programs(image: str) -> frozenset[str] | None:
    """What an official image has of the watched programs; None where that is not known."""
    parsed = parse_reference(image)
    name, tag = parsed.name, parsed.tag
    if name not in OWN:
        return None
    alpine, slim = "alpine" in tag, "slim" in tag
    base = _BUSYBOX if alpine else _DEBIAN
    if name in ("python", "node") and not alpine and not slim:
        return frozenset(WATCHED) - {"nc", "netcat", "pg_isready", "redis-cli", "mysqladmin", "mongosh", "mongo",
                                     "telnet", "ping", "http", "httpie"} | OWN[name]  # fmt: skip
    if name in ("postgres", "nginx") and alpine:
        base = base | {"bash"} if name == "postgres" else base
    if name == "nginx" and "slim" in tag:
        return frozenset(base)
    return frozenset(base | OWN[name])
