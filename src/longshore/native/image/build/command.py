"""The command of a RUN: what is executed, and what of its environment counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from longshore.dockerfile.instructions import Instruction
from longshore.dockerfile.lines import heredoc_named
from longshore.native.image.build.hostenv import PROXIES
from longshore.native.image.build.state import StageState
from longshore.native.image.store.tree import Account

__all__ = ["Script", "argv", "environment", "keyed_environment"]

SCRIPTS = "/dev/pipes"
"""Where the script of a heredoc with a `#!` line lies while it runs, as in BuildKit."""

Script = tuple[str, str] | None
"""The place and the text of a script to lay there first."""


def argv(state: StageState, instruction: Instruction) -> tuple[tuple[str, ...], Script]:
    """The words to execute, and a script that they need. ValueError when there are none."""
    if instruction.json:
        if not instruction.words:
            raise ValueError("a command is required")
        return instruction.words, None
    command = instruction.line
    if not instruction.heredocs:
        return (*state.shell, command), None
    if heredoc_named(command):
        document = instruction.heredocs[0]
        if document.content.startswith("#!"):
            place = f"{SCRIPTS}/{document.name}"
            return (place,), (place, document.chomped)
        return (*state.shell, document.chomped), None
    bodies = "".join(f"\n{document.content}{document.name}" for document in instruction.heredocs)
    return (*state.shell, command + bodies), None


def environment(state: StageState, given: Mapping[str, str], account: Account | None) -> dict[str, str]:
    """The environment of RUN: what ARG and ENV say, HOME of the user, and proxies that were given to the build, in
    small and in capital letters."""
    proxies = {name: value for name, value in given.items() if name.upper() in PROXIES}
    both = {form: value for name, value in proxies.items() for form in (name.upper(), name.lower())}
    env = {**both, **state.values}
    if "HOME" not in env:
        env["HOME"] = account.home if account else "/root"
    return env


def keyed_environment(state: StageState) -> dict[str, str]:
    """What of the environment decides about the cache: digests, for values may be secret. Proxies do not count."""
    return {
        name: hashlib.sha256(value.encode()).hexdigest()[:16]
        for name, value in sorted(state.values.items())
        if name.upper() not in PROXIES
    }
