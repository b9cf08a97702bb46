"""Instructions that change only the image's configuration: one small function each, in a table."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from longshore.dockerfile.checks import ports, signal_known
from longshore.dockerfile.expand import expand, expand_words
from longshore.dockerfile.instructions import Instruction
from longshore.model.healthcheck import HealthCheck
from longshore.model.quantities import seconds
from longshore.native.image.build.state import StageState

__all__ = ["SETTINGS", "Scope", "workdir"]


class Scope:
    """What arguments a stage can see: those given to the build, those before the first FROM, the escape character."""

    def __init__(self, given: Mapping[str, str], before: Mapping[str, str], escape: str) -> None:
        self.given = given
        self.before = before
        self.escape = escape

    def text(self, state: StageState, text: str) -> str:
        return expand(text, state.values, escape=self.escape)


def _arg(state: StageState, instruction: Instruction, scope: Scope) -> None:
    """A value given to the build is taken as it is, as one from before the first FROM; a default has its variables
    replaced."""
    for word in instruction.words:
        name, equals, default = word.partition("=")
        if name in scope.given:
            state.values[name] = scope.given[name]
        elif equals:
            state.values[name] = scope.text(state, default)
        elif name in scope.before:
            state.values[name] = scope.before[name]


def _env(state: StageState, instruction: Instruction, scope: Scope) -> None:
    found = _expanded(state, instruction, scope)
    state.env |= found
    state.values |= found


def _label(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.labels |= _expanded(state, instruction, scope)


def _expanded(state: StageState, instruction: Instruction, scope: Scope) -> dict[str, str]:
    """The pairs, all read with the values from before the instruction."""
    return {scope.text(state, name): scope.text(state, value) for name, value in instruction.pairs}


def _nothing(state: StageState, instruction: Instruction, scope: Scope) -> None:
    """MAINTAINER names somebody in a field of the image that nothing here reads."""


def _user(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.user = scope.text(state, instruction.words[0])
    state.starts_as = ""


def workdir(state: StageState, instruction: Instruction, scope: Scope) -> None:
    """An absolute path stays as it is written; of an empty one the directory stays what it was."""
    path = scope.text(state, instruction.words[0])
    state.working_dir = path if path.startswith("/") else posixpath.normpath(state.absolute(path))


def _expose(state: StageState, instruction: Instruction, scope: Scope) -> None:
    words = [found for word in instruction.words for found in expand_words(word, state.values, escape=scope.escape)]
    found = [port for word in words for port in ports(word)]
    state.exposed = tuple(dict.fromkeys((*state.exposed, *found)))


def _volume(state: StageState, instruction: Instruction, scope: Scope) -> None:
    paths = [scope.text(state, word.strip()) for word in instruction.words]
    if not all(paths):
        raise ValueError("a path in VOLUME is empty")
    state.volumes = tuple(dict.fromkeys((*state.volumes, *paths)))


def _stop_signal(state: StageState, instruction: Instruction, scope: Scope) -> None:
    name = scope.text(state, instruction.words[0])
    if not signal_known(name):
        raise ValueError(f"{name} is not a signal")
    state.stop_signal = name


def _shell(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.shell = instruction.words


def _command(state: StageState, instruction: Instruction) -> tuple[str, ...]:
    if instruction.json:
        return instruction.words
    return (*state.shell, instruction.line)


def _cmd(state: StageState, instruction: Instruction, scope: Scope) -> None:
    state.cmd = _command(state, instruction)
    state.cmd_here = True


def _entrypoint(state: StageState, instruction: Instruction, scope: Scope) -> None:
    """An ENTRYPOINT empties a CMD that comes from the base image, not one of this stage."""
    state.entrypoint = _command(state, instruction)
    if not state.cmd_here:
        state.cmd = ()


def _onbuild(state: StageState, instruction: Instruction, scope: Scope) -> None:
    text = instruction.text.split(None, 1)[1]
    bodies = "".join(f"\n{doc.content}{doc.name}" for doc in instruction.heredocs)
    state.onbuild = (*state.onbuild, text + bodies)


def _healthcheck(state: StageState, instruction: Instruction, scope: Scope) -> None:
    kind, *command = instruction.words
    if kind.upper() == "NONE":
        state.healthcheck = HealthCheck(test=("NONE",))
        return
    flags = {name: value for name, value in instruction.flags if value}
    retries = flags.get("retries")
    times = {name: seconds(value, days=False) for name, value in flags.items() if name != "retries"}
    state.healthcheck = HealthCheck(
        test=("CMD" if instruction.json else "CMD-SHELL", *command),
        interval=times.get("interval"),
        timeout=times.get("timeout"),
        retries=int(retries) if retries is not None else None,
        start_period=times.get("start-period"),
        start_interval=times.get("start-interval"),
    )


SETTINGS: Mapping[str, Callable[[StageState, Instruction, Scope], None]] = {
    "ARG": _arg, "ENV": _env, "LABEL": _label, "MAINTAINER": _nothing, "USER": _user, "EXPOSE": _expose,
    "VOLUME": _volume, "STOPSIGNAL": _stop_signal, "SHELL": _shell, "CMD": _cmd, "ENTRYPOINT": _entrypoint,
    "HEALTHCHECK": _healthcheck, "ONBUILD": _onbuild,
}  # fmt: skip
