"""What a command must know to find an agent, without importing more than os."""

from __future__ import annotations

import os
from collections.abc import Mapping

__all__ = ["FORMAT", "SOCKET", "project_folder", "root"]

FORMAT = 1
"""Of the state file and the agent's protocol together: a command and an agent of different formats say so."""

SOCKET = "agent.sock"


def root(environ: Mapping[str, str], variable: str, below_home: str) -> str:
    """The "longshore" folder under an XDG variable; one that is not absolute does not count, as the XDG rules say."""
    value = environ.get(variable, "")
    if not value.startswith("/"):
        value = f"{environ.get('HOME') or os.path.expanduser('~')}/{below_home}"  # noqa: PTH111 - pathlib is slow to import
    return f"{value}/longshore"


def project_folder(environ: Mapping[str, str], project: str) -> str:
    """The state directory of a project, there or not."""
    return f"{root(environ, 'XDG_STATE_HOME', '.local/state')}/{project}"
