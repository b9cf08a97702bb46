"""`shore config`: check the Compose files and print them resolved, as `docker compose config` does."""

from __future__ import annotations

import os
import sys

from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    """The options of `docker compose config`."""
    parser.add_argument("services", nargs="*", metavar="SERVICE")
    parser.add_argument("--format")


def run(args: Args) -> int:
    from longshore.compose.load import LoadOptions, load_project
    from longshore.compose.render import as_mapping, json_text
    project = load_project(LoadOptions(files=args.files or (), project_name=args.project or "", project_directory=args.project_directory or "", profiles=args.profiles or (), env_files=args.env_files or (), services=args.services, warn=lambda w,p: print(p or "", w, file=sys.stderr)))
    sys.stdout.write(json_text(as_mapping(project)).replace("$", "$$") )
    return 0
