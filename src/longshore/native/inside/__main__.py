"""`python -m longshore.native.inside`: a zygote for whoever started this, which talks to it by descriptor 3 and keeps
the other end of descriptor 4 as long as it is wanted."""

from __future__ import annotations

import os
import socket

from longshore.native.inside.zygote import make_zygote
from longshore.native.kernel.privileges import is_root
from longshore.native.kernel.userns import enter_user_namespace

__all__ = ["main"]


def main() -> None:
    """As root in the machine's own user namespace, else in one that has our own id only."""
    os.setsid()
    os.chdir("/")
    if not is_root():
        enter_user_namespace()
    make_zygote(socket.socket(fileno=3), 4)


if __name__ == "__main__":
    main()
