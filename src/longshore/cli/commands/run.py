"""`shore run`: a one-off command in a container made as the service's own, after what the service needs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser, label, variable
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.oneoff import OneOff

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    add = parser.add_argument
    add("--rm", action="store_true", help="remove the container when it ends")
    add("-d", "--detach", action="store_true", help="leave it running, print its id")
    add("-T", "--no-tty", "--no-TTY", action="store_true", help="no terminal for the command")
    add("-e", "--env", action="append", type=variable, default=[], metavar="NAME=VALUE", help="a variable")
    add("--env-from-file", action="append", default=[], metavar="FILE", help="variables from a file")
    add("-v", "--volume", action="append", default=[], metavar="SOURCE:TARGET", help="a mount more")
    add("-p", "--publish", action="append", default=[], metavar="HOST:PORT", help="publish a port")
    add("-P", "--service-ports", action="store_true", help="publish the service's own ports")
    add("--entrypoint", metavar="COMMAND", help="instead of the image's")
    add("--name", default="", metavar="NAME", help="the container's name")
    add("-u", "--user", metavar="USER", help="as this user")
    add("-w", "--workdir", metavar="DIR", help="in this folder")
    add("-l", "--label", action="append", type=label, default=[], metavar="KEY=VALUE", help="a label")
    add("--cap-add", action="append", default=[], metavar="NAME", help="a capability more")
    add("--cap-drop", action="append", default=[], metavar="NAME", help="a capability less")
    add("--no-deps", action="store_true", help="do not start what the service needs")
    add("--use-aliases", action="store_true", help="answer to the service's names on its networks")
    add("--build", action="store_true", help="build the image first")
    add("--pull", choices=("always", "missing", "never", "policy"), metavar="always|missing|never",
        help="when to fetch the image")  # fmt: skip
    add("--remove-orphans", action="store_true", help="remove containers of services not in the file")
    add("-q", "--quiet", action="store_true", help="no progress")
    add("--quiet-pull", action="store_true", help="no progress of fetches")
    add("--quiet-build", action="store_true", help="no output of builds")
    add("-i", "--interactive", action="store_true", default=True, help="keep standard input open (-i=false: do not)")
    add("service", metavar="SERVICE")
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND")


def run(args: Args) -> int:
    return finish(_run(args))


async def _run(args: Args) -> int:
    from longshore.model.errors import UsageError

    if args.service_ports and args.publish:
        raise UsageError("--service-ports and --publish exclude each other", hint="leave one of them out")
    from longshore.cli.screens import QUIET_BUILD, QUIET_PULL, Screens
    from longshore.cli.where import where
    from longshore.flow.home import load_stack
    from longshore.flow.oneoff import plan_oneoff, run_oneoff
    from longshore.report.dryrun import plan_text

    place = where(args)
    stack = load_stack(place, [args.service])
    request = _request(args, stack.environment)
    if args.dry_run:
        own, first, plan = await plan_oneoff(place, stack, request)
        needs = [] if args.no_deps else [plan_text(first, plan)]
        print("\n".join([*filter(None, [str(own)]), *needs, f"run  {args.service}"]))
        return 0
    hushed = (QUIET_BUILD if args.quiet_build else frozenset()) | (QUIET_PULL if args.quiet_pull else frozenset())
    return await run_oneoff(place, stack, request, Screens(args, hushed=hushed, mode="quiet" if args.quiet else ""))


def _request(args: Args, outside: Mapping[str, str]) -> OneOff:
    from longshore.cli.tty import wants_tty
    from longshore.cli.upoptions import parallel_limit
    from longshore.flow.oneoff import OneOff, Overrides
    from longshore.model.variables import valued

    overrides = Overrides(
        command=tuple(args.command),
        entrypoint=args.entrypoint,
        environment=valued(dict(args.env), outside),
        env_files=tuple(args.env_from_file),
        mounts=tuple(args.volume),
        ports=tuple(args.publish),
        service_ports=args.service_ports,
        labels=dict(args.label),
        cap_add=tuple(args.cap_add),
        cap_drop=tuple(args.cap_drop),
        user=args.user,
        working_dir=args.workdir,
    )
    return OneOff(
        service=args.service,
        overrides=overrides,
        name=args.name,
        tty=wants_tty(args.no_tty, args.detach),
        interactive=args.interactive,
        detach=args.detach,
        remove=args.rm,
        use_aliases=args.use_aliases,
        no_deps=args.no_deps,
        build=args.build,
        pull="" if args.pull in (None, "policy") else args.pull,
        remove_orphans=args.remove_orphans,
        parallel=parallel_limit(args),
    )
