"""`shore save`: images of the native engine as an archive that Docker, Podman, skopeo and `shore load` read."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="an image by its name")
    parser.add_argument("-o", "--output", required=True, metavar="PATH", help="the archive, or a folder for the layout")


def run(args: Args) -> int:
    return finish(_save(args))


async def _save(args: Args) -> int:
    from pathlib import Path

    from longshore.cli.where import where
    from longshore.flow.imagearchives import save

    await save(where(args), args.images, Path(args.output))
    return 0
