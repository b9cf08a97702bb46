"""What a command may begin before it has read its options, let alone the files: loading them takes time that an agent
can use to load as well."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence

__all__ = ["load_asyncio", "prepare_agent"]

_VALUES = {
    "-f": "file", "--file": "file", "-p": "project", "--project-name": "project", "--engine": "engine",
    "--images": "", "--progress": "", "--ansi": "", "--parallel": "", "--profile": "",
}  # fmt: skip
"""Options that take a value, and what of it matters here."""

_NOT = frozenset({"-h", "--help", "--dry-run"})


def prepare_agent(argv: Sequence[str]) -> None:
    """Where `up` may well choose the native engine and the project has no agent yet, let one load. A wrong guess costs
    nothing that is seen: an agent that is not told to go ends. The options are read only as far as is plain."""
    if "up" not in argv or _NOT & {*argv} or not sys.platform.startswith("linux"):
        return
    given: dict[str, list[str]] = defaultdict(list)
    words = iter(argv)
    for word in words:
        if word == "up":
            break
        if word not in _VALUES:
            return
        given[_VALUES[word]].append(next(words, ""))
    engine = (given["engine"] or [os.environ.get("SHORE_ENGINE", "")])[-1]
    if engine not in ("", "auto", "native"):
        return
    from longshore.compose.read.quickname import quick_name
    from longshore.native.command.spawn import prepare

    name = quick_name(given["file"], "".join(given["project"][-1:]), os.environ)
    if name:
        prepare(name)
        load_asyncio(os.environ)


def load_asyncio(environ: Mapping[str, str]) -> None:
    """What follows needs asyncio. It loads a fifth faster without TLS, which it is to know only for a container engine
    that is not on this machine (docker/api/connection.py)."""
    if "asyncio" in sys.modules:
        return
    config = environ.get("DOCKER_CONFIG") or f"{environ.get('HOME') or os.path.expanduser('~')}/.docker"  # noqa: PTH111
    host = environ.get("DOCKER_HOST", "")
    near = host.startswith("unix://") if host else not environ.get("DOCKER_CONTEXT")
    if near and not os.path.exists(f"{config}/config.json"):  # noqa: PTH110 - pathlib is slow to import
        sys.modules["ssl"] = None  # type: ignore[assignment]  # asyncio takes it for a Python without
        import asyncio  # noqa: F401

        del sys.modules["ssl"]
