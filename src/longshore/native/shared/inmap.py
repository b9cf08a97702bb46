"""What only somebody with this user's subordinate ids can do to files: `python -m longshore.native.shared.inmap remove
PATH` is done in a user namespace that has them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["SOURCE", "remove_in_map"]

SOURCE = str(Path(__file__).resolve().parents[3])
"""The directory that holds the package `longshore`, wherever it is installed."""


def remove_in_map(path: Path) -> str:
    """Remove a tree whose files belong to this user's subordinate ids; what is wrong, "" when it is gone."""
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-m", "longshore.native.shared.inmap", "remove", str(path)],
        env={"PYTHONPATH": SOURCE, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it ended early"])[-1]


def main(task: str, path: str) -> int:
    from longshore.native.kernel.userns import enter_mapped_namespace
    from longshore.native.shared.volumes import remove_tree

    assert task == "remove", task
    try:
        enter_mapped_namespace()
        remove_tree(Path(path))
    except FileNotFoundError:
        pass
    except OSError as error:
        os.write(2, f"{error.strerror or error}\n".encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
