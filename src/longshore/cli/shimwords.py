"""The words of a `docker` or `docker-compose` command line, and where the real ones are. Nothing is imported that takes
time: every call of a shim comes through here."""

# ruff: noqa: PTH111, PTH113, PTH118, PTH120 (pathlib is slow to import)
from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

__all__ = ["MARK", "Meant", "is_shim", "meant", "metadata", "plugin_folder", "real_compose", "real_docker", "script"]

MARK = "# made by shore shim"
METADATA = "docker-cli-plugin-metadata"
WITH_VALUE = frozenset({
    "--config", "-c", "--context", "-H", "--host", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey",
})  # fmt: skip
"""Options of docker that stand before its command and take the next word."""
WITHOUT_VALUE = frozenset({"-D", "--debug", "--tls", "--tlsverify"})
VARIABLES = {
    "-H": "DOCKER_HOST", "--host": "DOCKER_HOST", "-c": "DOCKER_CONTEXT", "--context": "DOCKER_CONTEXT",
    "--config": "DOCKER_CONFIG",
}  # fmt: skip
"""Those that say which engine, as variables."""
SHARED = (
    "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
)  # fmt: skip
"""Where docker looks for plug-ins of all users."""
KEPT = "docker-compose.real"
"""The name under which a real plug-in is kept that the shim has taken the place of."""


class Meant(NamedTuple):
    """What a command line asks: `compose` words for Compose, "metadata" of a plug-in, or "docker" for everything else.
    `variables` are what options before it say."""

    what: str
    words: tuple[str, ...]
    variables: Mapping[str, str]


def meant(called: str, words: Sequence[str]) -> Meant:
    """Of the words after `called`, which is "docker" or "docker-compose" (the plug-in, and Compose as a program of its
    own: docker gives a plug-in all its words)."""
    if called != "docker" and list(words[:1]) == [METADATA]:
        return Meant("metadata", (), {})
    variables: dict[str, str] = {}
    position = 0
    while position < len(words) and words[position].startswith("-"):
        flag, equals, value = words[position].partition("=")
        if flag not in WITH_VALUE and flag not in WITHOUT_VALUE:
            break
        if flag in WITH_VALUE and not equals:
            position += 1
            value = words[position] if position < len(words) else ""
        if flag in VARIABLES:
            variables[VARIABLES[flag]] = value
        position += 1
    rest = tuple(words[position:])
    if rest[:1] == ("compose",):
        return Meant("compose", rest[1:], variables)
    return Meant("docker", tuple(words), {}) if called == "docker" else Meant("compose", tuple(words), {})


def metadata(version: str) -> str:
    """What docker asks of a plug-in before it lists it."""
    import json

    facts = {"SchemaVersion": "0.1.0", "Vendor": "Longshore", "Version": f"v{version}",
             "ShortDescription": "Docker Compose, by shore"}  # fmt: skip
    return json.dumps(facts)


def script(shore: Sequence[str], name: str) -> str:
    """A program `name` that asks `shore` (its words)."""
    import shlex

    why = "docker compose is answered by Longshore; remove this file to undo it"
    return f'#!/bin/sh\n{MARK}: {why}\nexec {shlex.join(shore)} __docker {name} "$@"\n'


def is_shim(path: str) -> bool:
    """Whether a file is one that `shore shim` made."""
    try:
        with open(path, "rb") as file:
            return MARK.encode() in file.read(200)
    except OSError:
        return False


def plugin_folder(environ: Mapping[str, str]) -> str:
    """Where docker looks for this user's plug-ins."""
    config = environ.get("DOCKER_CONFIG") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".docker")
    return os.path.join(config, "cli-plugins")


def real_docker(environ: Mapping[str, str]) -> str:
    """The first docker command on PATH that is no shim; "" for none."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return next(_programs(folders, "docker"), "")


def real_compose(environ: Mapping[str, str]) -> str:
    """The first Compose that is no shim: a plug-in, else a program of its own; "" for none."""
    own = plugin_folder(environ)
    plugins, kept = _programs([own, *SHARED], "docker-compose"), _programs([os.path.dirname(own)], KEPT)
    on_path = _programs(environ.get("PATH", os.defpath).split(os.pathsep), "docker-compose")
    return next((path for found in (plugins, kept, on_path) for path in found), "")


def _programs(folders: Sequence[str], name: str) -> Iterator[str]:
    for folder in folders:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK) and os.path.isfile(path) and not is_shim(path):
            yield path
