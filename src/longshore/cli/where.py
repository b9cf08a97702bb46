"""The global options as what a flow begins with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from longshore.cli.arguments import Args
from longshore.flow.choice.choose import asked_engine
from longshore.flow.choice.engines import Engines, RealEngines
from longshore.flow.home import Where
from longshore.model.record import replace

__all__ = ["elsewhere", "make_engines", "say", "where"]


def make_engines(environ: Mapping[str, str], *, offline: bool = False) -> Engines:
    """Where engines come from; tests put their own in its place."""
    return RealEngines(environ, offline=offline)


def where(args: Args) -> Where:
    """Which project a command line is about, and on which engine. Raises UsageError for an engine that is none."""
    asked_engine(args.engine or "", {}, None)
    environ = dict(os.environ)
    if getattr(args, "image_source", None):
        environ["SHORE_IMAGES"] = args.image_source
    return Where(
        files=tuple(args.files or ()),
        project=args.project or "",
        project_directory=args.project_directory or "",
        profiles=tuple(args.profiles or ()),
        env_files=tuple(args.env_files or ()),
        engine=args.engine or "",
        strict=bool(args.strict),
        offline=bool(args.offline),
        environ=environ,
        say=say,
        opens=make_engines(environ, offline=bool(args.offline)),
    )


def elsewhere(place: Where, environ: Mapping[str, str]) -> Where:
    """The same project with the engines that another environment names."""
    return replace(place, environ=environ, opens=make_engines(environ, offline=place.offline))


def say(text: str) -> None:
    """A sentence for people."""
    print(text, file=sys.stderr, flush=True)
