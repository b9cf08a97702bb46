"""`shore __docker docker|docker-compose WORD…`: what the programs do that `shore shim` makes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import longshore
from longshore.cli.arguments import Args, Parser
from longshore.cli.shimwords import meant, metadata, real_compose, real_docker

__all__ = ["add_arguments", "run"]

NOT_THERE = 127
AS_PLUGIN = "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"
"""Set where docker itself called a plug-in; without it Compose takes its words as they are."""


def add_arguments(parser: Parser) -> None:
    parser.add_argument("called")
    parser.add_argument("words", nargs=argparse.REMAINDER)


def run(args: Args) -> int:
    asked = meant(args.called, args.words)
    if asked.what == "metadata":
        print(metadata(longshore.__version__))
        return 0
    if asked.what == "docker":
        return _docker(asked.words)
    os.environ.update(asked.variables)
    if asked.words[:1] == ("version",):
        return _version(asked.words[1:])
    return _compose(asked.words)


def _docker(words: Sequence[str]) -> int:
    real = real_docker(os.environ)
    if real:
        _become(real, *words)
    print("docker: shore shim made this one, for docker compose; there is no other docker here", file=sys.stderr)
    return NOT_THERE


def _compose(words: Sequence[str]) -> int:
    """Carry it out as shore; what Longshore has not, the real one may have."""
    from longshore.cli.main import main
    from longshore.model.errors import NotHereError

    print("docker compose is answered by Longshore (shore shim)", file=sys.stderr, flush=True)

    def otherwise(error: NotHereError) -> int | None:
        real = real_compose(os.environ)
        if not real:
            return None
        print(f"{error.what}; docker compose is asked", file=sys.stderr, flush=True)
        os.environ.pop(AS_PLUGIN, None)
        _become(real, *words)

    return main(words, otherwise)


def _become(program: str, *words: str) -> NoReturn:
    sys.stdout.flush()
    os.execv(program, [program, *words])


def _version(words: Sequence[str]) -> int:
    """As Docker Compose says it, for scripts that ask whether it is new enough: the version that shore follows."""
    from longshore.model.labels import COMPOSE_VERSION

    if "--short" in words:
        print(COMPOSE_VERSION)
    elif "json" in " ".join(words):
        print(f'{{"version":"v{COMPOSE_VERSION}"}}')
    else:
        print(f"Docker Compose version v{COMPOSE_VERSION} (by Longshore {longshore.__version__})")
    return 0
