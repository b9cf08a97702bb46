"""What a command may begin before it has read the files."""

from __future__ import annotations

import os
import sys

from longshore.cli.arguments import Args

__all__ = ["prepare_agent"]


def prepare_agent(args: Args) -> None:
    """Where the native engine may well be chosen and has no agent yet, let one load while the files are read. A wrong
    guess costs nothing that is seen: an agent that is not told to go ends."""
    from longshore.compose.quickname import quick_name
    from longshore.engine.native.spawn import prepare

    engine = args.engine or os.environ.get("SHORE_ENGINE") or "auto"
    if engine not in ("auto", "native") or args.project_directory or not sys.platform.startswith("linux"):
        return
    name = quick_name(args.files or (), args.project or "", os.environ)
    if name:
        prepare(name)
