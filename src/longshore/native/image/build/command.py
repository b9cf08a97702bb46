"""The command of a RUN: what is executed, and what of its environment counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from longshore.dockerfile.instructions import Instruction, exec_form
from longshore.native.image.build.hostenv import PROXIES
from longshore.native.image.build.state import StageState
from longshore.native.image.store.tree import Account

__all__ = ["argv", "environment", "keyed_environment"]

ONLY_HEREDOC = re.compile(r"\d*<<-?[\"']?[A-Za-z_][A-Za-z0-9_]*[\"']?\s*$")
SCRIPT = "/dev/shm/longshore-run"
"""Where the script of a heredoc with a `#!` line lies while it runs."""


def argv(state: StageState, instruction: Instruction) -> tuple[tuple[str, ...], str]:
    """The words to execute, and the text of a script to lay at SCRIPT first ("" none)."""
    words = exec_form(instruction.rest)
    if words is not None:
        return words, ""
    if not instruction.heredocs:
        return (*state.shell, instruction.rest), ""
    if ONLY_HEREDOC.match(instruction.rest):
        content = instruction.heredocs[0].content
        if content.startswith("#!"):
            return (SCRIPT,), content
        return (*state.shell, content), ""
    bodies = "".join(f"{doc.content}{doc.name}\n" for doc in instruction.heredocs)
    return (*state.shell, f"{instruction.rest}\n{bodies}"), ""


def environment(state: StageState, given: Mapping[str, str], account: Account | None) -> dict[str, str]:
    """The environment of RUN: ARGs, over them ENV, HOME of the user, and proxies that were given to the build."""
    proxies = {name: value for name, value in given.items() if name.upper() in PROXIES}
    env = {**proxies, **state.args, **state.env}
    if "HOME" not in env:
        env["HOME"] = account.home if account else "/root"
    return env


def keyed_environment(state: StageState) -> dict[str, str]:
    """What of the environment decides about the cache: digests, for values may be secret. Proxies do not count."""
    values = {**state.args, **state.env}
    return {
        name: hashlib.sha256(value.encode()).hexdigest()[:16]
        for name, value in sorted(values.items())
        if name.upper() not in PROXIES
    }
