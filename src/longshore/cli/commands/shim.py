"""`shore shim`: programs named docker and docker-compose, or docker's plug-in, for which `docker compose` is shore."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("folder", nargs="?", metavar="DIR", help="where docker and docker-compose are made")
    parser.add_argument("--plugin", action="store_true", help="as docker's own plug-in, in its folder")
    parser.add_argument("--force", action="store_true", help="also where there is a real one: it is kept")


def run(args: Args) -> int:
    from longshore.cli.shimwords import KEPT, plugin_folder
    from longshore.model.errors import UsageError

    if bool(args.folder) == args.plugin:
        hint = "shore shim DIR, then PATH=DIR:$PATH; or shore shim --plugin"
        raise UsageError("shore shim: a folder, or --plugin", hint=hint)
    if args.plugin:
        folder = Path(plugin_folder(os.environ))
        _make(args, folder, ("docker-compose",), keep=folder.parent / KEPT)
        _tell_of_others(folder)
    else:
        folder = Path(args.folder).absolute()
        _make(args, folder, ("docker", "docker-compose"))
        print(f'for scripts that call docker compose, put it first: export PATH="{folder}:$PATH"', file=sys.stderr)
    return 0


def _make(args: Args, folder: Path, names: tuple[str, ...], keep: Path | None = None) -> None:
    """Write the programs; `keep` is where one goes that is in the way and is to be replaced."""
    from longshore.cli.shimwords import is_shim, script
    from longshore.model.errors import ShoreError

    taken = [folder / name for name in names if os.path.lexists(folder / name) and not is_shim(str(folder / name))]
    if taken and not (args.force and keep):
        hint = "with --force it is kept, and asked for what Longshore has not" if keep else "name another folder"
        raise ShoreError(f"{taken[0]} is there already and was not made by shore shim", hint=hint)
    if args.dry_run:
        print("\n".join(f"make  {folder / name}" for name in names))
        return
    folder.mkdir(parents=True, exist_ok=True)
    for path in taken:
        assert keep
        path.replace(keep)
        print(f"{path} was a real one: it is kept as {keep}", file=sys.stderr)
    for name in names:
        path = folder / name
        path.unlink(missing_ok=True)
        path.write_text(script(_shore(), name))
        path.chmod(0o755)
        print(path)


def _shore() -> list[str]:
    """How this very program is called."""
    beside = Path(sys.executable).with_name("shore")
    return [str(beside)] if beside.is_file() else [sys.executable, "-m", "longshore"]


def _tell_of_others(folder: Path) -> None:
    from longshore.cli.shimwords import real_compose

    other = real_compose(os.environ)
    if other and Path(other).parent != folder:
        print(f"it stands before {other}, which is asked for what Longshore has not; to undo it, remove it",
              file=sys.stderr)  # fmt: skip
