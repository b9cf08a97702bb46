"""What layers are given beside packages: carried scripts, accounts, directories for data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from longshore.model.service import EMPTY
from longshore.native.image.debian import rootfs
from longshore.native.image.store.tree import LayerTree

__all__ = ["copy_accounts", "data_directory", "initial_scripts", "program", "script"]

SCRIPTS = "longshore.native.image.providers.files"


def script(root: Path, target: str, name: str, values: Mapping[str, str] = EMPTY) -> None:
    """Put the carried script `name` at `target`, its @NAME@ marks filled in."""
    import importlib.resources

    text = importlib.resources.files(SCRIPTS).joinpath(name).read_text()
    for mark, value in values.items():
        text = text.replace(f"@{mark}@", value)
    program(root, target, text)


def program(root: Path, target: str, text: str) -> None:
    """Put a program of this text at `target`."""
    path = root / target.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def data_directory(root: Path, path: str, uid: int, gid: int, mode: int = 0o755) -> None:
    """A directory for the server's data, owned by its user."""
    directory = root / path.lstrip("/")
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(mode)
    rootfs.own(directory, uid, gid)


def copy_accounts(root: Path, below: Sequence[str]) -> None:
    """The account files of the layers below in this one, where they can be added to."""
    tree = LayerTree(below)
    (root / "etc").mkdir(exist_ok=True)
    for name in ("passwd", "group", "shadow", "gshadow"):
        target = root / "etc" / name
        target.write_text(tree.read_text(f"/etc/{name}"))
        target.chmod(0o640 if "shadow" in name else 0o644)
        rootfs.own(target, 0, 42 if "shadow" in name else 0)


def initial_scripts(root: Path) -> None:
    """Where a database server's first start looks for scripts, and what the entry points share to run them."""
    (root / "docker-entrypoint-initdb.d").mkdir(exist_ok=True)
    script(root, "/usr/local/lib/longshore/initdb-common.sh", "initdb-common.sh")
