"""From flags and COMPOSE_* variables to what is asked of a convergence."""

from __future__ import annotations

import os
from collections.abc import Mapping

from longshore.cli.arguments import Args
from longshore.engine.base import BuildOptions, CreateOptions
from longshore.flow.converge import Wish
from longshore.model.errors import UsageError, unknown_service
from longshore.model.gobool import TRUE
from longshore.model.stack import Stack
from longshore.plan.reconcile import UpOptions

__all__ = ["parallel_limit", "scales", "switched_on", "wish_of"]


def wish_of(args: Args, stack: Stack) -> Wish:
    """What `up` and `create` ask for."""
    return Wish(
        up=UpOptions(
            services=tuple(args.services),
            no_deps=args.no_deps,
            force_recreate=args.force_recreate,
            no_recreate=args.no_recreate,
            recreate_dependents=args.always_recreate_deps,
            remove_orphans=args.remove_orphans or switched_on("COMPOSE_REMOVE_ORPHANS", stack.environment),
            ignore_orphans=switched_on("COMPOSE_IGNORE_ORPHANS", stack.environment),
            start=not getattr(args, "no_start", False),
            scale=scales(args.scale, stack),
        ),
        create=CreateOptions(args.renew_anon_volumes, getattr(args, "ports", None) == "auto"),
        build=args.build,
        no_build=args.no_build,
        pull="" if args.pull in (None, "policy") else args.pull,
        building=BuildOptions(offline=args.offline),
        offline=args.offline,
        timeout=getattr(args, "timeout", None),
        parallel=parallel_limit(args),
    )


def scales(words: list[str] | None, stack: Stack) -> Mapping[str, int]:
    """--scale SERVICE=N as a mapping, checked."""
    found: dict[str, int] = {}
    for word in words or ():
        name, _, number = word.partition("=")
        if not number.isdecimal():
            raise UsageError(f"--scale: {word!r} is not SERVICE=N", hint="for example --scale web=2")
        if name not in stack.services:
            raise unknown_service(name, stack.services)
        found[name] = int(number)
    return found


def parallel_limit(args: Args) -> int:
    """Operations at once, 0 for no bound: --parallel, else COMPOSE_PARALLEL_LIMIT."""
    if args.parallel is not None:
        return max(0, int(args.parallel))
    text = os.environ.get("COMPOSE_PARALLEL_LIMIT", "")
    return int(text) if text.isdecimal() else 0


def switched_on(variable: str, environ: Mapping[str, str]) -> bool:
    """Whether a COMPOSE_ switch is on, by the words that Go's strconv.ParseBool takes for true."""
    return environ.get(variable, "") in TRUE
