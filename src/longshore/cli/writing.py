"""Files that `shore` writes into a project and that are the user's from then on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from longshore.cli.arguments import Args
from longshore.model.errors import ShoreError

__all__ = ["write_files"]


def write_files(args: Args, texts: Mapping[Path, str], *, keep: bool = False) -> None:
    """Write them and say so; with --dry-run only say so. `keep`: raises ShoreError where one is there with another
    text, and writes none."""
    for path, text in texts.items():
        if keep and path.exists() and path.read_text(errors="replace") != text:
            raise ShoreError(f"{path} is there already, and is yours", hint="move it away, then ask again")
    for path, text in texts.items():
        if args.dry_run:
            print(f"write  {path}")
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        except OSError as error:
            raise ShoreError(f"{path}: {error.strerror}", hint="write there as somebody who may") from None
        print(f"wrote  {path}")
