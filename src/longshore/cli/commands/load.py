"""`shore load`: images from an archive into the native engine's cache, for machines that reach no registry."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    archive = "what docker, podman or shore saved, or an OCI image layout; else standard input"
    parser.add_argument("-i", "--input", metavar="PATH", help=archive)
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing")


def run(args: Args) -> int:
    return finish(_load(args))


async def _load(args: Args) -> int:
    import sys
    from pathlib import Path

    from longshore.cli.where import where
    from longshore.flow.imagearchives import load
    from longshore.model.errors import ShoreError, UsageError

    if not args.input and sys.stdin.isatty():
        raise UsageError("shore load: no archive on standard input", hint="name one: shore load -i FILE")
    source = Path(args.input) if args.input else sys.stdin.buffer
    if isinstance(source, Path) and not source.exists():
        raise ShoreError(f"{source} does not exist", hint="name an archive: shore load -i FILE")
    for name in await load(where(args), source):
        if not args.quiet:
            print(f"Loaded image: {name}")
    return 0
