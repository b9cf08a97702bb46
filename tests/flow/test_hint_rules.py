"""Every rule of the hints: what a failed service says, and what people are told to do about it."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.flow.failure.hints import Failure, hint_for
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Build, Service

BUILT, PULLED = Service("web", build=Build("/web")), Service("web", image="x")
MODULE = "the image lacks {}: add it to the dependencies and run shore up --build"
NAME = "no service on its networks is called {}: check the name, and depends_on"
PASSWORD = (
    "the volume demo_data may have been made with another password; a database keeps its first one.\n"
    "change it back, or drop the data with: shore down -v"
)


@pytest.mark.parametrize(
    ("said", "service", "more", "hint"),
    [
        ("FATAL:  password authentication failed for user", PULLED, {"volumes": ("demo_data", "demo_x")}, PASSWORD),
        ("ACCESS DENIED for user", PULLED, {"volumes": ("demo_data",)}, PASSWORD),
        ("Authentication failed.", PULLED, {"volumes": ("demo_data",)}, PASSWORD),
        ("password authentication failed", PULLED, {}, ""),
        ("ModuleNotFoundError: No module named 'a.b'", BUILT, {}, MODULE.format("a.b")),
        ("ModuleNotFoundError: No module named a", BUILT, {}, MODULE.format("a")),
        ("Error: Cannot find module 'left-pad'", BUILT, {}, MODULE.format("left-pad")),
        ("Error: Cannot find module 'left-pad'", PULLED, {}, ""),
        ('could not translate host name "db" to address', PULLED, {}, NAME.format("db")),
        ("Error: getaddrinfo ENOTFOUND cache:6379", PULLED, {}, NAME.format("cache")),
        ("getaddrinfo EAI_AGAIN my.db", PULLED, {}, NAME.format("my.db")),
        ("write: No space left on device", PULLED, {}, "the disk is full: make room and start again"),
        ("bind: Address already in use", PULLED, {}, "two programs of this service want the same port"),
        ("mkdir: Read-only file system", PULLED, {},
         "it writes where it may not: mount a volume or a tmpfs there"),
        ("all is well", PULLED, {}, ""),
        ("Killed", PULLED, {"exit_code": 137},
         "it was killed from outside, mostly for lack of memory: look at its limits (deploy.resources)"),
        ("", PULLED, {"exit_code": 127}, "its command is not in the image: check command and entrypoint"),
        ("", PULLED, {"exit_code": 126}, "its command cannot be executed: is the file executable?"),
        ("", PULLED, {"exit_code": 125}, ""),
        ("No space left on device", PULLED, {"exit_code": 137}, "the disk is full: make room and start again"),
    ],
)  # fmt: skip
def test_what_is_said_and_what_helps(said: str, service: Service, more: dict[str, Any], hint: str) -> None:
    assert hint_for(Failure(service, more.pop("exit_code", 1), ["begins", said, "ends"], **more)) == hint


def test_the_last_line_that_says_something_counts() -> None:
    lines = ["No module named 'first'", "No module named 'last'", "bye"]
    assert hint_for(Failure(BUILT, 1, lines)) == MODULE.format("last")


@pytest.mark.parametrize(
    ("test", "code", "hint"),
    [
        (("CMD", "curl", "-f", "http://x"), None, True),
        (("CMD-SHELL", "wget x || curl y;exit"), None, True),
        (("CMD-SHELL", "curly x"), None, False),
        (("CMD", "curl"), 1, False),
    ],
)
def test_a_program_that_a_health_check_calls(test: tuple[str, ...], code: int | None, hint: bool) -> None:
    failure = Failure(Service("web", image="x", healthcheck=HealthCheck(test)), code, ["curl: not found"])
    assert bool(hint_for(failure)) is hint
    assert hint_for(Failure(PULLED, None, ["curl: not found"])) == ""
