"""A signal to every process of a container but its pid 1. The kernel's own "everyone that I may signal" is used for it,
from inside the pid namespace: that is one step, so that nobody gets away by forking meanwhile."""

from __future__ import annotations

import os

from longshore.native.kernel.syscalls import death_signal, set_dumpable, setns

__all__ = ["run"]


def run(namespace: int, number: int) -> None:
    """Never returns: exit code 0, or the number of the error. `namespace` is the container's pid namespace."""
    set_dumpable(False)  # the child is seen inside, with our root and our privileges
    try:
        setns(namespace)
        child = os.fork()
        code = 0 if child else _signal(number)
    except OSError as error:
        os._exit(error.errno or 1)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if child else code)


def _signal(number: int) -> int:
    """kill(2): -1 leaves out the caller, and the pid 1 of its namespace."""
    death_signal()
    try:
        os.kill(-1, number)
    except ProcessLookupError:
        pass  # its program has just ended
    except OSError as error:
        return error.errno or 1
    return 0
