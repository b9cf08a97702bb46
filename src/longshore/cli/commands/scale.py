"""`shore scale`: so many containers of services, leaving those that run as they are."""

from __future__ import annotations

import time

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("scale", nargs="+", metavar="SERVICE=N")
    parser.add_argument("--no-deps", action="store_true", help="leave out what the services need")
    parser.set_defaults(
        detach=True, wait=False, no_start=False, build=False, no_build=False, pull=None, quiet_build=False,
        quiet_pull=False, force_recreate=False, no_recreate=True, always_recreate_deps=False,
        renew_anon_volumes=False, remove_orphans=False,
    )  # fmt: skip


def run(args: Args) -> int:
    from longshore.cli.launch import launch

    args.services = [word.partition("=")[0] for word in args.scale]
    return finish(launch(args, time.time()))
