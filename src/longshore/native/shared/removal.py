"""Removing trees of files, also those that only somebody with this user's subordinate ids can remove:
`python -m longshore.native.shared.removal PATH` does it in a user namespace that has them."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from longshore.native.shared.package import SOURCE

__all__ = ["remove_tree"]


def remove_tree(path: Path) -> None:
    """Remove a directory with all in it, also what a service made unreadable for its owner, and what belongs to the
    subordinate ids of whoever asks."""
    try:
        _remove_own(path)
    except PermissionError:
        from longshore.native.kernel.privileges import is_root

        if is_root():
            raise
        if trouble := _remove_in_map(path):
            raise PermissionError(1, f"its files belong to subordinate ids: {trouble}", str(path)) from None


def _remove_own(path: Path) -> None:
    import shutil  # a start removes nothing

    def again(function: Callable[..., Any], name: str, _: Any) -> None:
        for place in (Path(name).parent, Path(name)):
            if place.is_dir() and not place.is_symlink():
                place.chmod(stat.S_IRWXU)
        if Path(name).is_dir() and function in (os.open, os.scandir, os.listdir):
            shutil.rmtree(name, onerror=again)
        elif function in (os.unlink, os.rmdir):
            function(name)

    shutil.rmtree(path, onerror=again)


def _remove_in_map(path: Path) -> str:
    """Remove a tree whose files belong to this user's subordinate ids; what is wrong, "" when it is gone."""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-S", "-P", "-m", "longshore.native.shared.removal", str(path)],
        env={"PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it ended early"])[-1]


def main(path: str) -> int:
    from longshore.native.kernel.userns import enter_mapped_namespace

    try:
        enter_mapped_namespace()
        _remove_own(Path(path))
    except FileNotFoundError:
        pass
    except OSError as error:
        os.write(2, f"{error.strerror or error}\n".encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
