"""What a command must know to find an agent, without importing more than os."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.state.folders import STATE, folder

__all__ = ["FORMAT", "OPENS_AGAIN", "SOCKET", "project_folder"]

FORMAT = 1
"""Of the state file and the agent's protocol together: a command and an agent of different formats say so."""

SOCKET = "agent.sock"

OPENS_AGAIN = "opens_again"
"""Stands in the lock of an agent that opens its socket again at SIGUSR2."""


def project_folder(environ: Mapping[str, str], project: str) -> str:
    """The state directory of a project, there or not."""
    return f"{folder(environ, STATE)}/{project}"
