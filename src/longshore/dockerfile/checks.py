"""What an instruction must have, a rule each. ValueErrors name what is wrong; whoever reads the file adds the place."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Mapping

from longshore.dockerfile.lines import heredoc_named
from longshore.model.quantities import seconds
from longshore.model.signals import real_time, signal_name

__all__ = ["check", "ports", "signal_known"]

STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*$")
SHORTEST = 1e-3
NO_TRIGGERS = ("MAINTAINER", "FROM")
LAST_PORT = 65535

Words = tuple[str, ...]
Flags = Mapping[str, str]


def check(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    """ValueError when the instruction cannot be one."""
    RULES[keyword](keyword, words, json, flags)


def _nothing(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    """RUN, CMD and ENTRYPOINT may stand alone."""


def _some(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    if not words:
        raise ValueError(f"{keyword} needs an argument")


def _one(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    if len(words) != 1:
        raise ValueError(f"{keyword} takes exactly one argument")


def _from(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    if len(words) == 3 and words[1].lower() == "as":
        if not STAGE_NAME.match(words[2].lower()):
            raise ValueError(
                f"{words[2]!r} cannot name a stage: it begins with a letter, and letters, digits, - _ . follow"
            )
    elif len(words) != 1:
        raise ValueError("FROM takes an image, and perhaps AS and a name")


def _copy(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    if len(words) < 2:
        raise ValueError(f"{keyword} needs a source and a target")
    if heredoc_named(words[-1]):
        raise ValueError(f"{keyword} cannot take a heredoc as its target")


def _pairs(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    _some(keyword, words, json, flags)
    if not all(words[::2]):
        raise ValueError(f"a name in {keyword} is empty")


def _arg(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    _some(keyword, words, json, flags)
    if any(word.startswith("=") for word in words):
        raise ValueError("a name in ARG is empty")


def _shell(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    if not words or not json:
        raise ValueError("SHELL takes a JSON array that is not empty")


def _volume(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    _some(keyword, words, json, flags)
    if not all(word.strip() for word in words):
        raise ValueError("a path in VOLUME is empty")


def _onbuild(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    _some(keyword, words, json, flags)
    trigger = words[0].split(None, 1)[0].upper()
    if trigger == "ONBUILD":
        raise ValueError("ONBUILD cannot trigger another ONBUILD")
    if trigger in NO_TRIGGERS:
        raise ValueError(f"ONBUILD cannot trigger {trigger}")


def _healthcheck(keyword: str, words: Words, json: bool, flags: Flags) -> None:
    _some(keyword, words, json, flags)
    kind, command = words[0].upper(), words[1:]
    if kind == "NONE":
        if command:
            raise ValueError("HEALTHCHECK NONE takes no argument")
        return
    if kind != "CMD":
        raise ValueError(f"HEALTHCHECK takes NONE, or CMD and a command, not {words[0]}")
    if not command:
        raise ValueError("HEALTHCHECK CMD lacks its command")
    for name in ("interval", "timeout", "start-period", "start-interval"):
        length = seconds(flags[name], days=False) if flags.get(name) else None
        if length is not None and length != 0 and length < SHORTEST:
            raise ValueError(f"--{name}={flags[name]}: less than a millisecond is not possible")
    retries = flags.get("retries") or "0"
    if not re.fullmatch(r"[+-]?\d+", retries):
        raise ValueError(f"--retries={retries} is not a number")
    if int(retries) < 0:
        raise ValueError(f"--retries={retries} is negative")


RULES: Mapping[str, Callable[[str, Words, bool, Flags], None]] = {
    "FROM": _from, "COPY": _copy, "ADD": _copy, "ENV": _pairs, "LABEL": _pairs, "ARG": _arg, "SHELL": _shell,
    "VOLUME": _volume, "ONBUILD": _onbuild, "HEALTHCHECK": _healthcheck, "EXPOSE": _some, "WORKDIR": _one, "USER": _one,
    "STOPSIGNAL": _one, "MAINTAINER": _one, "RUN": _nothing, "CMD": _nothing, "ENTRYPOINT": _nothing,
}  # fmt: skip


def ports(word: str) -> list[str]:
    """What a word of EXPOSE means: "80/tcp" for each port of the range. An address and a port of the host before it,
    which some write, say nothing."""
    head, _, protocol = word.rpartition(":")[2].partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in ("tcp", "udp", "sctp"):
        raise ValueError(f"{word!r}: the protocol {protocol} is not known (tcp, udp, sctp)")
    first, _, last = head.partition("-")
    numbers = [int(part) if re.fullmatch(r"\d+", part) else -1 for part in (first, last or first)]
    if not 0 <= min(numbers) <= max(numbers) <= LAST_PORT or numbers[0] > numbers[1]:
        raise ValueError(f"{word!r} is not a port or a range of ports")
    return [f"{number}/{protocol}" for number in range(numbers[0], numbers[1] + 1)]


def signal_known(text: str) -> bool:
    """Whether a container can be stopped by it: a number but 0, or a name with or without SIG, the real-time ones
    too."""
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text) != 0
    name = signal_name(text)
    return real_time(name) is not None or name in signal.Signals.__members__
