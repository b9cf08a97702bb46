"""Instructions that change only the image's configuration: one small function each, in a table."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping

from longshore.dockerfile.expand import expand, expand_words
from longshore.dockerfile.instructions import Instruction, exec_form, pairs
from longshore.dockerfile.stages import arguments
from longshore.model.healthcheck import HealthCheck
from longshore.native.image.build.state import StageState

__all__ = ["SETTINGS", "Scope", "seconds"]

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Scope:
    """What arguments a stage can see: those given to the build, those before the first FROM, the escape character."""

    def __init__(self, given: Mapping[str, str], before: Mapping[str, str], escape: str) -> None:
        self.given = given
        self.before = before
        self.escape = escape

    def text(self, state: StageState, text: str) -> str:
        return expand(text, state.values, escape=self.escape)


def _arg(state: StageState, instruction: Instruction, scope: Scope) -> None:
    for name, default in arguments(instruction):
        if name in scope.given:
            state.args[name] = scope.given[name]
        elif default is not None:
            state.args[name] = scope.text(state, default)
        elif name in scope.before:
            state.args[name] = scope.before[name]


def _env(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.env |= _expanded(state, instruction, scope)


def _label(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.labels |= _expanded(state, instruction, scope)


def _expanded(state: StageState, instruction: Instruction, scope: Scope) -> dict[str, str]:
    """The pairs, all read with the values from before the instruction."""
    values = state.values
    return {
        expand(name, values, escape=scope.escape): expand(value, values, escape=scope.escape)
        for name, value in pairs(instruction.rest)
    }


def _maintainer(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.labels["maintainer"] = instruction.rest


def _user(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.user = scope.text(state, instruction.rest)
    state.starts_as = ""


def workdir(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.working_dir = posixpath.normpath(state.absolute(scope.text(state, instruction.rest)))


def _expose(state: StageState, instruction: Instruction, scope: Scope) -> None:
    words = expand_words(instruction.rest, state.values, escape=scope.escape)
    ports = (word if "/" in word else f"{word}/tcp" for word in words)
    state.exposed = tuple(dict.fromkeys((*state.exposed, *ports)))


def _volume(state: StageState, instruction: Instruction, scope: Scope) -> None:
    words = exec_form(instruction.rest) or tuple(instruction.rest.split())
    paths = (scope.text(state, word) for word in words)
    state.volumes = tuple(dict.fromkeys((*state.volumes, *paths)))


def _stop_signal(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.stop_signal = scope.text(state, instruction.rest)


def _shell(state: StageState, instruction: Instruction, scope: Scope) -> None:
    words = exec_form(instruction.rest)
    if not words:
        raise ValueError('SHELL takes a JSON array: SHELL ["/bin/bash", "-c"]')
    state.shell = words


def _command(state: StageState, rest: str) -> tuple[str, ...]:
    words = exec_form(rest)
    if words is not None:
        return words
    return (*state.shell, rest) if rest else ()


def _cmd(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.cmd = _command(state, instruction.rest)
    state.cmd_here = True


def _entrypoint(state: StageState, instruction: Instruction, scope: Scope) -> None:
    """An ENTRYPOINT empties a CMD that comes from the base image, not one of this stage."""
    state.entrypoint = _command(state, instruction.rest)
    if not state.cmd_here:
        state.cmd = ()


def _healthcheck(state: StageState, instruction: Instruction, scope: Scope) -> None:
    kind, _, rest = instruction.rest.partition(" ")
    if kind.upper() == "NONE":
        state.healthcheck = HealthCheck(test=("NONE",))
        return
    if kind.upper() != "CMD" or not rest.strip():
        raise ValueError("HEALTHCHECK takes NONE, or CMD and a command")
    words = exec_form(rest.strip())
    test = ("CMD", *words) if words is not None else ("CMD-SHELL", rest.strip())
    flags = {name: scope.text(state, value) for name, value in instruction.flags}
    state.healthcheck = HealthCheck(
        test=test,
        interval=seconds(flags.get("interval")),
        timeout=seconds(flags.get("timeout")),
        retries=int(flags["retries"]) if "retries" in flags else None,
        start_period=seconds(flags.get("start-period")),
        start_interval=seconds(flags.get("start-interval")),
    )


def seconds(text: str | None) -> float | None:
    """A Go duration ("1m30s", "500ms"); ValueError when it is none."""
    if text is None:
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration (such as 30s or 1m30s)")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


SETTINGS: Mapping[str, Callable[[StageState, Instruction, Scope], None]] = {
    "ARG": _arg, "ENV": _env, "LABEL": _label, "MAINTAINER": _maintainer, "USER": _user, "EXPOSE": _expose,
    "VOLUME": _volume, "STOPSIGNAL": _stop_signal, "SHELL": _shell, "CMD": _cmd, "ENTRYPOINT": _entrypoint,
    "HEALTHCHECK": _healthcheck,
}  # fmt: skip
